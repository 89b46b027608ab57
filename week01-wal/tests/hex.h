// Bytes as hexadecimal digits, for tests that compare formats.
#pragma once

#include <string>

#include "base/bytes.h"

namespace strata::wal {

inline std::string to_hex(ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : bytes) {
    text += kDigits[static_cast<std::size_t>(byte) >> 4];
    text += kDigits[static_cast<std::size_t>(byte) & 15];
  }
  return text;
}

}  // namespace strata::wal
