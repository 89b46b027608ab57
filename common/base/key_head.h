// The first bytes of a key, kept in the node of a tree or list itself. A search compares
// them first, and so rarely has to wait for the rest of a key to come from memory.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace strata {

class KeyHead {
 public:
  explicit KeyHead(std::string_view key) { std::ranges::copy(key.substr(0, kSize), bytes_.data()); }

  // As key.compare(other), by unsigned bytes. Requires: `key` is the one given first.
  int compare(std::string_view key, std::string_view other) const {
    const std::size_t shared = std::min({kSize, key.size(), other.size()});
    if (const int order = std::memcmp(bytes_.data(), other.data(), shared); order != 0)
      return order;
    if (shared == kSize) return key.substr(kSize).compare(other.substr(kSize));
    return (key.size() > other.size()) - (key.size() < other.size());
  }

 private:
  static constexpr std::size_t kSize = 16;

  std::array<char, kSize> bytes_;  // as far as the key goes
};

}  // namespace strata
