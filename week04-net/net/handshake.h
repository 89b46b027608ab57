// Before the first request both sides check that they speak a common version of the protocol, that
// this is the cluster the client wants, and, if there is a secret, that the other side knows it.
//
// The secret itself is never sent. Each side proves that it knows the secret by a keyed hash over
// two nonces, one of each side. So no proof can be used again on another connection (FORMAT.md,
// "Handshake"). What is sent afterwards is neither encrypted nor signed; TLS comes in week 10.
//
// Pure functions. The caller passes the nonces, and must use a fresh one for each connection.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "env/random.h"
#include "net/strata.pb.h"

namespace strata::net {

inline constexpr std::uint32_t kProtocolVersion = 1;
inline constexpr std::size_t kNonceSize = 16;
// During the handshake no frame may be larger: a peer that nobody knows yet gets no memory.
inline constexpr std::size_t kMaxHelloSize = 4096;

std::string fresh_nonce(env::Entropy& entropy);  // kNonceSize bytes

// What one side brings to the handshake. An empty secret: it has none.
struct Identity {
  std::string cluster_id = {};  // in a client: the cluster that it wants; empty: any
  std::string secret = {};
  bool durable = false;  // in a server: see Service::durable()
};

// ---- The server's part

// Answers a hello with a welcome or a refusal. Refuses with UNSUPPORTED a range of versions that
// does not include kProtocolVersion; with INVALID_ARGUMENT a cluster that is named and is not the
// server's ("this is cluster A, not B"), and a nonce that has not kNonceSize bytes.
// A welcome has kProtocolVersion, the server's cluster, `nonce`, `limits` and whether the server is
// durable; and if the server has a secret, wants_proof and the server's proof.
proto::ServerHello answer(const proto::ClientHello& hello, const Identity& server,
                          std::string_view nonce, const proto::Limits& limits);

// Whether `proof` shows that the client knows the secret. Takes the same time for all proofs.
bool proves(const proto::ClientProof& proof, std::string_view client_nonce,
            std::string_view server_nonce, std::string_view secret);

// ---- The client's part

proto::ClientHello hello(const Identity& client, std::string_view nonce, std::string_view name);

// Checks the server's answer. Returns the proof to send before the first request; nullopt if the
// server wants no proof. `nonce` is the one of the client's hello.
// Errors: of a refusal, the server's error; kCorruption if the answer is neither a welcome nor a
// refusal; kUnsupported if the server chose another version than kProtocolVersion; kInvalidArgument
// if the server wants a proof and the client has no secret ("the server asks for a secret ..."), or
// if the client has a secret and the server has not proved that it knows it ("the server does not
// know the secret ...").
Result<std::optional<proto::ClientProof>> accept(const proto::ServerHello& answer,
                                                 const Identity& client, std::string_view nonce);

}  // namespace strata::net
