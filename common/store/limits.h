// What every store accepts. Checked at the door, before anything is written.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace strata {

class WriteBatch;

inline constexpr std::size_t kMinKeySize = 1;
inline constexpr std::size_t kMaxKeySize = std::size_t{64} << 10;
inline constexpr std::size_t kMaxValueSize = std::size_t{16} << 20;
inline constexpr std::size_t kMaxBatchSize = std::size_t{64} << 20;  // WriteBatch::byte_size()

// Each answers kInvalidArgument, naming the size found and the size allowed.
Result<void> check_key(std::string_view key);
Result<void> check_value(std::string_view value);
Result<void> check_batch(const WriteBatch& batch);

}  // namespace strata
