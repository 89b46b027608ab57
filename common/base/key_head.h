// The first 16 bytes of a key, as two numbers, kept in the node of a tree or list. A search
// compares them first, so it rarely has to wait until the rest of a key comes from memory.
//
// Pure values; they may be read from many threads.
#pragma once

#include <algorithm>
#include <bit>
#include <compare>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace strata {

class KeyHead {
 public:
  KeyHead() = default;
  explicit KeyHead(std::string_view key) {
    char bytes[2 * kPart] = {};  // zeros behind a short key
    std::ranges::copy(key.substr(0, sizeof bytes), bytes);
    first_ = big_endian(bytes);
    second_ = big_endian(bytes + kPart);
  }

  // If two heads differ, the keys have the same order as the heads. If the heads are equal, the
  // keys themselves must be compared.
  friend std::strong_ordering operator<=>(const KeyHead&, const KeyHead&) = default;

 private:
  static constexpr std::size_t kPart = sizeof(std::uint64_t);

  // So that numbers compare as bytes do.
  static std::uint64_t big_endian(const char* bytes) {
    std::uint64_t value;
    std::memcpy(&value, bytes, kPart);
    return std::endian::native == std::endian::little ? std::byteswap(value) : value;
  }

  std::uint64_t first_ = 0;
  std::uint64_t second_ = 0;
};

// A key together with its head, for searches that compare the key often. It is a view: the key must
// outlive it.
struct HeadedKey {
  explicit HeadedKey(std::string_view key) : head(key), key(key) {}
  HeadedKey(const KeyHead& head, std::string_view key) : head(head), key(key) {}

  // By unsigned bytes.
  friend std::strong_ordering operator<=>(const HeadedKey& a, const HeadedKey& b) {
    if (const auto order = a.head <=> b.head; order != 0) return order;
    return a.key.compare(b.key) <=> 0;
  }

  KeyHead head;
  std::string_view key;
};

}  // namespace strata
