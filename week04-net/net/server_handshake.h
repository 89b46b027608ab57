// The server's part of a handshake, frame by frame. What each message says: handshake.h.
//
// Pure. Thread-safety: none; one owner.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "env/clock.h"
#include "net/handshake.h"

namespace strata::net {

class ServerHandshake {
 public:
  // `nonce` has kNonceSize bytes that nobody can guess. Lifetime: `identity` outlives this object.
  ServerHandshake(const Identity& identity, std::string nonce, env::TimePoint now)
      : identity_(identity), nonce_(std::move(nonce)), began_(now) {}

  // Takes the payload of the next frame. `durable` and `limits` are for a welcome. Returns the
  // hello to send, if one is due; or the error to end the connection with. Requires: it is not
  // over().
  std::expected<std::optional<proto::ServerHello>, proto::Error> take(
      std::string_view payload, const std::function<bool()>& durable,
      const std::function<proto::Limits()>& limits);
  // The error if the frame that is due does not come, or is damaged.
  proto::Error missing() const;

  bool over() const { return due_ == Due::kNothing; }
  env::TimePoint began() const { return began_; }

 private:
  enum class Due { kHello, kProof, kNothing };

  const Identity& identity_;
  const std::string nonce_;
  const env::TimePoint began_;
  Due due_ = Due::kHello;
  std::string client_nonce_;
};

}  // namespace strata::net
