#include "net/handshake.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/bytes.h"
#include "base/text.h"
#include "net/messages.h"

namespace strata::net {
namespace {

constexpr std::string_view kServerProof = "strata server";
constexpr std::string_view kClientProof = "strata client";

std::string proof_of(std::string_view role, std::string_view client_nonce,
                     std::string_view server_nonce, std::string_view secret) {
  const std::string message = fmt::format("{}{}{}", role, client_nonce, server_nonce);
  std::string proof(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(),
       reinterpret_cast<unsigned char*>(proof.data()), &size);
  proof.resize(size);
  return proof;
}

bool equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

proto::ServerHello refusal(proto::Error::Code code, std::string message) {
  proto::ServerHello hello;
  hello.mutable_refusal()->set_code(code);
  hello.mutable_refusal()->set_message(std::move(message));
  return hello;
}

}  // namespace

std::string fresh_nonce(env::Entropy& entropy) {
  Bytes nonce;
  Encoder out(nonce);
  while (nonce.size() < kNonceSize) out.u64(entropy.bits());
  return std::string(as_text(nonce));
}

proto::ServerHello answer(const proto::ClientHello& hello, const Identity& server,
                          std::string_view nonce, const proto::Limits& limits) {
  // TASK 4.2: refuse the hello, or welcome the client. Refuse with UNSUPPORTED a range of versions
  // without kProtocolVersion. Refuse with INVALID_ARGUMENT a cluster that is named and is not
  // server.cluster_id ("this is cluster A, not B"), and a nonce that has not kNonceSize bytes. A
  // welcome sets version, cluster_id, nonce, durable and limits; with a secret also wants_proof and
  // the server's proof.
  if (hello.oldest_version() > kProtocolVersion || hello.newest_version() < kProtocolVersion)
    return refusal(proto::Error::UNSUPPORTED,
                   fmt::format("this server speaks version {} of the protocol; the client speaks "
                               "{} to {}",
                               kProtocolVersion, hello.oldest_version(), hello.newest_version()));
  if (!hello.cluster_id().empty() && hello.cluster_id() != server.cluster_id)
    return refusal(proto::Error::INVALID_ARGUMENT,
                   fmt::format("this is cluster {}, not {}", printable(server.cluster_id),
                               printable(hello.cluster_id())));
  if (hello.nonce().size() != kNonceSize)
    return refusal(proto::Error::INVALID_ARGUMENT,
                   fmt::format("a nonce has {} bytes, not {}", kNonceSize, hello.nonce().size()));
  proto::ServerHello out;
  proto::Welcome& welcome = *out.mutable_welcome();
  welcome.set_version(kProtocolVersion);
  welcome.set_cluster_id(server.cluster_id);
  welcome.set_nonce(nonce.data(), nonce.size());
  welcome.set_durable(server.durable);
  *welcome.mutable_limits() = limits;
  if (!server.secret.empty()) {
    welcome.set_wants_proof(true);
    welcome.set_proof(proof_of(kServerProof, hello.nonce(), nonce, server.secret));
  }
  return out;
  // END TASK 4.2
}

bool proves(const proto::ClientProof& proof, std::string_view client_nonce,
            std::string_view server_nonce, std::string_view secret) {
  return equal(proof.proof(), proof_of(kClientProof, client_nonce, server_nonce, secret));
}

proto::ClientHello hello(const Identity& client, std::string_view nonce, std::string_view name) {
  proto::ClientHello out;
  out.set_oldest_version(kProtocolVersion);
  out.set_newest_version(kProtocolVersion);
  out.set_cluster_id(client.cluster_id);
  out.set_nonce(nonce.data(), nonce.size());
  out.set_client(name.data(), name.size());
  return out;
}

Result<std::optional<proto::ClientProof>> accept(const proto::ServerHello& answer,
                                                 const Identity& client, std::string_view nonce) {
  // TASK 4.2: go on, or return an error (see handshake.h for the codes). A refusal: its own error.
  // Neither a refusal nor a welcome: kCorruption. Another version: kUnsupported. A client without a
  // secret refuses a server that wants a proof ("asks for a secret"). A client with a secret
  // refuses a server whose proof is not right, or whose nonce has not kNonceSize bytes ("does not
  // know the secret"); otherwise it returns its own proof.
  if (answer.has_refusal()) return error_from(answer.refusal());
  if (!answer.has_welcome()) return corruption("the server's hello is neither yes nor no");
  const proto::Welcome& welcome = answer.welcome();
  if (welcome.version() != kProtocolVersion)
    return unsupported(
        fmt::format("the server chose version {} of the protocol; this program speaks {}",
                    welcome.version(), kProtocolVersion));
  if (client.secret.empty()) {
    if (welcome.wants_proof())
      return invalid_argument("the server asks for a secret, and none was given");
    return std::nullopt;
  }
  if (welcome.nonce().size() != kNonceSize ||
      !equal(welcome.proof(), proof_of(kServerProof, nonce, welcome.nonce(), client.secret)))
    return invalid_argument("the server does not know the secret that was given");
  proto::ClientProof proof;
  proof.set_proof(proof_of(kClientProof, nonce, welcome.nonce(), client.secret));
  return proof;
  // END TASK 4.2
}

}  // namespace strata::net
