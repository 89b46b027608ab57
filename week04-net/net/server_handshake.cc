#include "net/server_handshake.h"

#include "net/messages.h"

namespace strata::net {

std::expected<std::optional<proto::ServerHello>, proto::Error> ServerHandshake::take(
    std::string_view payload, const std::function<bool()>& durable,
    const std::function<proto::Limits()>& limits) {
  if (due_ == Due::kProof) {
    proto::ClientProof proof;
    if (!parse(payload, proof) || !proves(proof, client_nonce_, nonce_, identity_.secret))
      return std::unexpected(missing());
    due_ = Due::kNothing;
    return std::nullopt;
  }
  proto::ClientHello hello;
  if (!parse(payload, hello)) return std::unexpected(missing());
  Identity identity = identity_;
  identity.durable = durable();
  proto::ServerHello reply = answer(hello, identity, nonce_, limits());
  if (!reply.has_welcome()) return std::unexpected(reply.refusal());
  client_nonce_ = hello.nonce();
  due_ = reply.welcome().wants_proof() ? Due::kProof : Due::kNothing;
  return reply;
}

proto::Error ServerHandshake::missing() const {
  proto::Error error;
  if (due_ == Due::kProof) {
    error.set_code(proto::Error::UNAUTHENTICATED);
    error.set_message("the client does not know this server's secret");
  } else {
    error.set_code(proto::Error::INVALID_ARGUMENT);
    error.set_message("the connection does not begin with a ClientHello");
  }
  return error;
}

}  // namespace strata::net
