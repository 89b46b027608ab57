// Takes any bytes as each message of a handshake, and as a token record: they are refused, or taken
// without harm.
#include "base/assert.h"
#include "net/handshake.h"
#include "net/messages.h"
#include "net/token_table.h"

namespace net = strata::net;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string nonce(net::kNonceSize, 'n');
  for (const std::string secret : {"", "a secret of some length"}) {
    const net::Identity identity{.cluster_id = "test", .secret = secret};
    net::proto::ClientHello hello;
    if (net::parse(bytes, hello)) {
      const auto answer = net::answer(hello, identity, nonce, {});
      STRATA_ASSERT(answer.has_welcome() || answer.has_refusal());
    }
    net::proto::ServerHello answer;
    if (net::parse(bytes, answer)) {
      // A client that does not know the secret is never believed.
      const auto accepted = net::accept(answer, identity, nonce);
      STRATA_ASSERT(secret.empty() || !accepted);
    }
    net::proto::ClientProof proof;
    if (net::parse(bytes, proof))
      STRATA_ASSERT(!net::proves(proof, nonce, nonce, "the real secret"));
  }
  net::TokenTable tokens;
  if (tokens.load(7, bytes)) {
    net::TokenTable again;
    STRATA_ASSERT(again.load(7, tokens.record_of(7)));
  }
  return 0;
}
