// A key and its value as a map in memory keeps them: in one piece of memory, where two
// strings take two. The first bytes of the key stand in the row itself, so that a search
// rarely has to wait for the rest to come from memory.
//
// Thread-safety: none; whoever holds it guards it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace strata {

class Row {
 public:
  // Requires: both are within the limits of limits.h.
  Row(std::string_view key, std::string_view value)
      : bytes_(std::make_unique_for_overwrite<char[]>(key.size() + value.size())),
        key_size_(static_cast<std::uint32_t>(key.size())),
        value_size_(static_cast<std::uint32_t>(value.size())) {
    std::ranges::copy(value, std::ranges::copy(key, bytes_.get()).out);
    std::ranges::copy(key.substr(0, kHeadSize), head_.data());
  }
  Row(const Row& other) : Row(other.key(), other.value()) {}
  Row(Row&&) noexcept = default;
  Row& operator=(const Row&) = delete;
  Row& operator=(Row&&) noexcept = default;

  std::string_view key() const { return {bytes_.get(), key_size_}; }
  std::string_view value() const { return {bytes_.get() + key_size_, value_size_}; }

  // As std::string_view::compare() of the keys, as unsigned bytes.
  int compare(std::string_view other) const {
    const std::size_t shared = std::min<std::size_t>({kHeadSize, key_size_, other.size()});
    const int order = std::memcmp(head_.data(), other.data(), shared);
    if (order != 0 || shared < kHeadSize)
      return order != 0 ? order : static_cast<int>(key_size_) - static_cast<int>(other.size());
    return key().substr(kHeadSize).compare(other.substr(kHeadSize));
  }

  // These two are const since the key, by which a set orders its rows, stays.
  void set_value(std::string_view value) const {
    if (value.size() == value_size_)
      std::ranges::copy(value, bytes_.get() + key_size_);
    else
      replace_by(Row(key(), value));
  }
  // Requires: the same key.
  void replace_by(Row newer) const {
    bytes_ = std::move(newer.bytes_);
    value_size_ = newer.value_size_;
  }

 private:
  static constexpr std::size_t kHeadSize = 16;

  std::array<char, kHeadSize> head_;       // of the key, as far as it goes
  mutable std::unique_ptr<char[]> bytes_;  // the key, and behind it the value
  std::uint32_t key_size_;
  mutable std::uint32_t value_size_;
};

// Orders rows, and finds them, by key.
struct RowOrder {
  using is_transparent = void;
  bool operator()(const Row& a, const Row& b) const { return a.compare(b.key()) < 0; }
  bool operator()(const Row& row, std::string_view key) const { return row.compare(key) < 0; }
  bool operator()(std::string_view key, const Row& row) const { return row.compare(key) > 0; }
};

}  // namespace strata
