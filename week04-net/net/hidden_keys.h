// The keys in a served store that are for the server's own use. Clients can neither read nor write
// keys that begin with kHiddenPrefix. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace strata::net {

inline constexpr std::string_view kHiddenPrefix("\0strata\0", 8);

inline bool is_hidden(std::string_view key) { return key.starts_with(kHiddenPrefix); }

// kInvalidArgument for a hidden key, and for a key that check_key() refuses.
Result<void> check_user_key(std::string_view key);

// The key of the record of a client's tokens, and the client whose record has that key.
std::string token_key(std::uint64_t client);
std::string_view token_prefix();
std::optional<std::uint64_t> client_of(std::string_view key);  // nullopt: no such key

}  // namespace strata::net
