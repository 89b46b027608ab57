#include "net/hidden_keys.h"

#include "base/bytes.h"
#include "store/limits.h"

namespace strata::net {
namespace {

constexpr std::string_view kTokenPrefix("\0strata\0token\0", 14);

}  // namespace

Result<void> check_user_key(std::string_view key) {
  STRATA_TRY(check_key(key));
  if (is_hidden(key))
    return invalid_argument("keys that begin with \\x00strata\\x00 are the server's own");
  return {};
}

std::string token_key(std::uint64_t client) {
  Bytes key;
  Encoder out(key);
  out.text(kTokenPrefix);
  out.u64(client);
  return std::string(as_text(key));
}

std::string_view token_prefix() { return kTokenPrefix; }

std::optional<std::uint64_t> client_of(std::string_view key) {
  if (!key.starts_with(kTokenPrefix)) return std::nullopt;
  Decoder in(as_bytes(key.substr(kTokenPrefix.size())));
  const auto client = in.u64();
  return in.remaining() == 0 ? client : std::nullopt;
}

}  // namespace strata::net
