// How Strata passes bytes around, and how it encodes integers as bytes: with a fixed width, least
// significant byte first (little-endian).
//
// Two types stand for a view of bytes. Keys and values are like text: std::string_view. Formats on
// disk and on the wire are ByteView. Formats are written field by field, with Encoder or with
// store_little_endian(), and read with Decoder; no struct is ever cast to or from bytes.
//
// Thread-safety: none; an Encoder or a Decoder has one owner.
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

// Writes `value` to the first sizeof(T) bytes at `to`, least significant byte first. The compiler
// turns this loop and the next one into single instructions on a little-endian machine.
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

// Reads fields from the front of a view, one after the other. A read past the end returns nullopt
// and does not move the decoder. Views that it returns point into the bytes that it was given.
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
