// The keys that a served store keeps for itself, among those of its users: what stands below
// kHiddenPrefix can be neither read nor written from outside.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace strata::net {

inline constexpr std::string_view kHiddenPrefix("\0strata\0", 8);

inline bool is_hidden(std::string_view key) { return key.starts_with(kHiddenPrefix); }

// kInvalidArgument for a hidden key, and for what check_key() refuses.
Result<void> check_user_key(std::string_view key);

// Where the record of a client's tokens stands, and whose record stands there.
std::string token_key(std::uint64_t client);
std::string_view token_prefix();
std::optional<std::uint64_t> client_of(std::string_view key);  // nullopt: it is no such key

}  // namespace strata::net
