// Reads the worked examples of a FORMAT.md and writes bytes in the same form, so that a test can
// compare them. A test that includes this header is compiled with STRATA_FORMAT_MD, the path of its
// week's document.
#pragma once

#include <fstream>
#include <sstream>
#include <string>

#include "base/bytes.h"

namespace strata::testing {

inline std::string to_hex(ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : bytes) {
    text += kDigits[static_cast<std::size_t>(byte) >> 4];
    text += kDigits[static_cast<std::size_t>(byte) & 15];
  }
  return text;
}

// The lines of the block after the comment "golden: NAME" in FORMAT.md.
inline std::string golden_text(std::string_view name) {
  std::ifstream file(STRATA_FORMAT_MD);
  std::string line;
  while (std::getline(file, line) && line.find("golden: " + std::string(name)) == line.npos)
    continue;
  std::getline(file, line);  // the fence
  std::string text;
  while (std::getline(file, line) && !line.starts_with("```")) text += line + '\n';
  return text;
}

// The hexadecimal digits of that block, without the offset at the front of each line.
inline std::string golden_hex(std::string_view name) {
  std::istringstream lines(golden_text(name));
  std::string line;
  std::string hex;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    while (words >> word) hex += word;
  }
  return hex;
}

}  // namespace strata::testing
