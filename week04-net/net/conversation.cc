#include "net/conversation.h"

#include <utility>

#include "net/messages.h"

namespace strata::net {
namespace {

template <class Kind>
std::optional<WireMessage> parsed(std::string_view payload) {
  Kind message;
  if (!parse(payload, message)) return std::nullopt;
  return message;
}

}  // namespace

std::optional<WireMessage> Conversation::next(Direction direction, std::string_view payload) {
  if (direction == Direction::kToServer) {
    if (!std::exchange(hello_seen_, true)) return parsed<proto::ClientHello>(payload);
    if (std::exchange(proof_wanted_, false)) return parsed<proto::ClientProof>(payload);
    return parsed<Request>(payload);
  }
  if (std::exchange(answer_seen_, true)) return parsed<Response>(payload);
  auto answer = parsed<proto::ServerHello>(payload);
  if (answer) proof_wanted_ = std::get<proto::ServerHello>(*answer).welcome().wants_proof();
  return answer;
}

}  // namespace strata::net
