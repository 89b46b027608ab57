// What both sides make sure of before the first request: that they speak a common version, that
// this is the cluster that was meant, and, where there is a secret, that the other knows it.
//
// The secret itself never travels. Each side proves that it has it by a keyed hash over two
// nonces, one of each side's, so that neither proof can be used again (FORMAT.md, "Handshake").
// What is said afterwards is neither hidden nor signed; that is for TLS, in week 10.
//
// Pure functions. Nonces are the caller's, fresh for each connection.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/strata.pb.h"

namespace strata::net {

inline constexpr std::uint32_t kProtocolVersion = 1;
inline constexpr std::size_t kNonceSize = 16;
// No frame may be larger before the handshake is over: who has not introduced himself gets no
// memory.
inline constexpr std::size_t kMaxHelloSize = 4096;

// kIo if the system has no randomness.
Result<std::string> fresh_nonce();

// What a side brings to it. An empty secret: it has none.
struct Identity {
  std::string cluster_id = {};  // a client's: whom it means to talk to; empty: anybody
  std::string secret = {};
  bool durable = false;  // a server's: see Service::durable()
};

// ---- The server's part

// Answers a hello: with a welcome, or with a refusal that says why. `limits` is passed on.
proto::ServerHello answer(const proto::ClientHello& hello, const Identity& server,
                          std::string_view nonce, const proto::Limits& limits);

// Whether the client has proved that it knows the secret. Takes the same time whatever it says.
bool proves(const proto::ClientProof& proof, std::string_view client_nonce,
            std::string_view server_nonce, std::string_view secret);

// ---- The client's part

proto::ClientHello hello(const Identity& client, std::string_view nonce, std::string_view name);

// Whether to go on. nullopt: no proof is wanted, requests may follow; else what to send first.
// kInvalidArgument where one side has a secret that the other does not have; kUnsupported for
// another version; else what the server refused it with.
Result<std::optional<proto::ClientProof>> accept(const proto::ServerHello& answer,
                                                 const Identity& client, std::string_view nonce);

}  // namespace strata::net
