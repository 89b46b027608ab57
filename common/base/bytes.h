// Bytes as Strata passes them around, and fixed-width little-endian coding of them.
//
// Two views of the same memory are used, each where it reads best: keys and values are
// text-like and travel as std::string_view; formats on disk and wire are ByteView.
// Every format is written and read field by field through Encoder and Decoder; no
// struct is ever cast to or from bytes.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace strata {

using ByteView = std::span<const std::byte>;
using Bytes = std::vector<std::byte>;

inline ByteView as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Writes `value` to the first sizeof(T) bytes at `to`, least significant byte first.
// The loops below are single instructions on a little-endian machine.
template <std::unsigned_integral T>
void store_little_endian(std::byte* to, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    to[i] = static_cast<std::byte>((value >> (8 * i)) & 0xff);
}

template <std::unsigned_integral T>
T load_little_endian(const std::byte* from) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>(value | (static_cast<T>(from[i]) << (8 * i)));
  return value;
}

// Appends fields to a byte vector that it does not own.
class Encoder {
 public:
  explicit Encoder(Bytes& out) : out_(out) {}

  void u8(std::uint8_t value) { out_.push_back(static_cast<std::byte>(value)); }
  void u32(std::uint32_t value) { fixed(value); }
  void u64(std::uint64_t value) { fixed(value); }
  void bytes(ByteView value) {
    const std::size_t at = out_.size();
    out_.resize(at + value.size());
    std::ranges::copy(value, out_.data() + at);
  }
  void text(std::string_view value) { bytes(as_bytes(value)); }
  void zeros(std::size_t count) { out_.resize(out_.size() + count); }

 private:
  template <std::unsigned_integral T>
  void fixed(T value) {
    const std::size_t at = out_.size();
    out_.resize(at + sizeof(T));
    store_little_endian(out_.data() + at, value);
  }

  Bytes& out_;
};

// Reads fields off the front of a view. A read past the end yields nullopt and leaves
// the decoder where it was; views returned point into the bytes given.
class Decoder {
 public:
  explicit Decoder(ByteView in) : in_(in) {}

  std::optional<std::uint8_t> u8() { return fixed<std::uint8_t>(); }
  std::optional<std::uint32_t> u32() { return fixed<std::uint32_t>(); }
  std::optional<std::uint64_t> u64() { return fixed<std::uint64_t>(); }
  std::optional<ByteView> bytes(std::size_t count) {
    if (in_.size() - at_ < count) return std::nullopt;
    at_ += count;
    return in_.subspan(at_ - count, count);
  }

  std::size_t remaining() const { return in_.size() - at_; }
  std::size_t offset() const { return at_; }

 private:
  template <std::unsigned_integral T>
  std::optional<T> fixed() {
    const auto field = bytes(sizeof(T));
    if (!field) return std::nullopt;
    return load_little_endian<T>(field->data());
  }

  ByteView in_;
  std::size_t at_ = 0;
};

}  // namespace strata
