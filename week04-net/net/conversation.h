// What the messages of a connection are, for who looks on: the first of each side are a handshake,
// and nothing in a payload tells it from a request.
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
  // The next message in that direction; nullopt if the payload is none that may stand there.
  std::optional<WireMessage> next(Direction direction, std::string_view payload);

 private:
  bool hello_seen_ = false;
  bool answer_seen_ = false;  // a welcome, or a refusal
  bool proof_wanted_ = false;
};

}  // namespace strata::net
