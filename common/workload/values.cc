#include "workload/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/checksum.h"
#include "env/random.h"

namespace strata::workload {
namespace {

constexpr std::size_t kPoolSize = std::size_t{1} << 20;
constexpr std::size_t kRepeated = 50;
constexpr std::uint64_t kStampSeed = 0x73747261746121;

using Stamp = std::array<std::byte, 8>;

Stamp stamp_of(std::string_view key) {
  Stamp stamp;
  store_little_endian(stamp.data(), checksum64(as_bytes(key), kStampSeed));
  return stamp;
}

// How many bytes of the stamp a value of `size` bytes has.
std::string_view text_of(const Stamp& stamp, std::size_t size) {
  return as_text(stamp).substr(0, std::min(size, stamp.size()));
}

}  // namespace

ValuePool::ValuePool(std::size_t value_size, std::uint64_t seed) : value_size_(value_size) {
  env::Random random(seed);
  std::string piece(kRepeated, ' ');
  while (text_.size() < kPoolSize + value_size) {
    for (char& c : piece) c = static_cast<char>(' ' + random.below(95));
    text_ += piece + piece;
  }
}

std::string_view ValuePool::slice(std::uint64_t offset) const {
  return std::string_view(text_).substr(offset % kPoolSize, value_size_);
}

std::string_view ValueWriter::value_for(std::string_view key) {
  const std::string_view body = pool_.slice(offset_);
  const Stamp stamp = stamp_of(key);
  const std::string_view head = text_of(stamp, buffer_.size());
  std::ranges::copy(body.substr(head.size()), std::ranges::copy(head, buffer_.begin()).out);
  offset_ += buffer_.size();
  return buffer_;
}

Result<void> verify_value(std::string_view key, std::string_view value, std::size_t value_size) {
  if (value.size() != value_size)
    return corruption(fmt::format("wrong read: key '{}' has a value of {} bytes, not {}", key,
                                  value.size(), value_size));
  const Stamp stamp = stamp_of(key);
  if (!value.starts_with(text_of(stamp, value_size)))
    return corruption(
        fmt::format("wrong read: the value of key '{}' was never written to it", key));
  return {};
}

Error lost_key(std::string_view key) {
  return corruption(fmt::format("wrong read: key '{}' was written and is not there", key));
}

Error phantom_key(std::string_view key) {
  return corruption(fmt::format("wrong read: key '{}' was never written and is there", key));
}

}  // namespace strata::workload
