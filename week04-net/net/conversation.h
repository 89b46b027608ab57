// Finds out what kind of messages a connection carries, for code that only watches. A payload does
// not say its kind: the first messages in each direction are the handshake, the others are requests
// and responses.
//
// Pure. Thread-safety: none; one owner.
#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "net/service.h"
#include "net/wire_observer.h"

namespace strata::net {

using WireMessage =
    std::variant<proto::ClientHello, proto::ClientProof, Request, proto::ServerHello, Response>;

class Conversation {
 public:
  // Decodes the next message in that direction. nullopt if the payload is no message that may come
  // at this point.
  std::optional<WireMessage> next(Direction direction, std::string_view payload);

 private:
  bool hello_seen_ = false;
  bool answer_seen_ = false;  // a welcome, or a refusal
  bool proof_wanted_ = false;
};

}  // namespace strata::net
