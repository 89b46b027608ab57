// The limits of every store. They are checked first, before anything is written.
//
// Pure functions; they may be called from many threads.
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

// Each returns kInvalidArgument if the limit is exceeded. The message has the size and the limit.
Result<void> check_key(std::string_view key);
Result<void> check_value(std::string_view value);
Result<void> check_batch(const WriteBatch& batch);

}  // namespace strata
