#include "store/limits.h"

#include <fmt/format.h>

#include "store/write_batch.h"

namespace strata {

Result<void> check_key(std::string_view key) {
  if (key.size() < kMinKeySize)
    return invalid_argument("the key is empty; it needs a byte at least");
  if (key.size() > kMaxKeySize)
    return invalid_argument(
        fmt::format("the key has {} bytes; {} are allowed", key.size(), kMaxKeySize));
  return {};
}

Result<void> check_value(std::string_view value) {
  if (value.size() > kMaxValueSize)
    return invalid_argument(
        fmt::format("the value has {} bytes; {} are allowed", value.size(), kMaxValueSize));
  return {};
}

Result<void> check_batch(const WriteBatch& batch) {
  if (batch.byte_size() > kMaxBatchSize)
    return invalid_argument(
        fmt::format("the batch has {} bytes; {} are allowed", batch.byte_size(), kMaxBatchSize));
  for (const Operation operation : batch) {
    STRATA_TRY(check_key(operation.key));
    STRATA_TRY(check_value(operation.value));
  }
  return {};
}

}  // namespace strata
