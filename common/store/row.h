// A key and its value, as a map in memory keeps them. One allocation holds both; two strings would
// take two. The first bytes of the key are in the row itself, so a search rarely has to wait until
// the rest of the key comes from memory.
//
// Thread-safety: none; its owner must guard it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "base/key_head.h"

namespace strata {

class Row {
 public:
  // Requires: both are within the limits of limits.h.
  Row(std::string_view key, std::string_view value)
      : head_(key),
        bytes_(std::make_unique_for_overwrite<char[]>(key.size() + value.size())),
        key_size_(static_cast<std::uint32_t>(key.size())),
        value_size_(static_cast<std::uint32_t>(value.size())) {
    std::ranges::copy(value, std::ranges::copy(key, bytes_.get()).out);
  }
  Row(const Row& other) : Row(other.key(), other.value()) {}
  Row(Row&&) noexcept = default;
  Row& operator=(const Row&) = delete;
  Row& operator=(Row&&) noexcept = default;

  std::string_view key() const { return {bytes_.get(), key_size_}; }
  std::string_view value() const { return {bytes_.get() + key_size_, value_size_}; }

  HeadedKey headed_key() const { return {head_, key()}; }

  // These two are const because the key does not change, and a set orders its rows by the key only.
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
  KeyHead head_;
  mutable std::unique_ptr<char[]> bytes_;  // the key, then the value
  std::uint32_t key_size_;
  mutable std::uint32_t value_size_;
};

// Orders and finds rows by their keys, compared as unsigned bytes.
struct RowOrder {
  using is_transparent = void;
  bool operator()(const Row& a, const Row& b) const { return a.headed_key() < b.headed_key(); }
  bool operator()(const Row& row, const HeadedKey& key) const { return row.headed_key() < key; }
  bool operator()(const HeadedKey& key, const Row& row) const { return key < row.headed_key(); }
};

}  // namespace strata
