// Names the messages on a connection, for people who watch a world. It is shown the bytes of both
// directions in their order.
//
// Thread-safety: none; a world has one thread.
#pragma once

#include <string>
#include <string_view>

#include "net/conversation.h"
#include "net/frame.h"

namespace strata::world {

class MessageNames {
 public:
  // The messages that end in these bytes: "put k1, get k2". "a part", if none does.
  std::string next(net::Direction direction, std::string_view bytes);

 private:
  net::Conversation conversation_;
  net::FrameDecoder to_server_{net::kMaxAnswerSize};
  net::FrameDecoder to_client_{net::kMaxAnswerSize};
};

}  // namespace strata::world
