#include "base/text.h"

#include <algorithm>
#include <cstdint>

namespace strata {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

// The forms of UTF-8: the lead byte of each length, and the smallest code point that may have it.
struct Form {
  unsigned mask;
  unsigned lead;
  std::size_t size;
  std::uint32_t smallest;
};
constexpr Form kForms[] = {
    {0x80, 0x00, 1, 0x00}, {0xe0, 0xc0, 2, 0x80}, {0xf0, 0xe0, 3, 0x800}, {0xf8, 0xf0, 4, 0x10000}};

bool is_readable(std::uint32_t code) {
  const bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  const bool byte_order_mark = code == 0xfeff;
  return !control && !surrogate && !byte_order_mark && code <= 0x10ffff;
}

// The code point of this form at the front of `text`; none if it is not well-formed or not
// readable.
bool starts_with_readable(std::string_view text, const Form& form) {
  if (text.size() < form.size) return false;
  std::uint32_t code = static_cast<unsigned char>(text[0]) & ~form.mask & 0xff;
  for (std::size_t i = 1; i < form.size; ++i) {
    const unsigned next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) return false;
    code = (code << 6) | (next & 0x3f);
  }
  return code >= form.smallest && is_readable(code);
}

void append_hex(std::string& out, std::string_view prefix, char c) {
  const auto byte = static_cast<unsigned char>(c);
  out += prefix;
  out += kDigits[byte >> 4];
  out += kDigits[byte & 15];
}

void append_escaped(std::string& out, std::string_view text, bool inside_quotes) {
  while (!text.empty()) {
    const std::size_t size = readable_size(text);
    if (size == 0) {
      append_hex(out, "\\x", text[0]);
    } else {
      if (inside_quotes && (text[0] == '"' || text[0] == '\\')) out += '\\';
      out += text.substr(0, size);
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
}

bool all_readable(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = readable_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace

std::size_t readable_size(std::string_view text) {
  const unsigned lead = static_cast<unsigned char>(text[0]);
  for (const Form& form : kForms)
    if ((lead & form.mask) == form.lead) return starts_with_readable(text, form) ? form.size : 0;
  return 0;
}

std::string printable(std::string_view bytes) {
  const bool means_itself = !bytes.starts_with('"') && !bytes.starts_with(' ');
  if (means_itself && all_readable(bytes)) return std::string(bytes);
  std::string quoted = "\"";
  append_escaped(quoted, bytes, true);
  return quoted += '"';
}

std::string one_line(std::string_view message) {
  std::string line;
  append_escaped(line, message, false);
  return line;
}

std::string json_string(std::string_view text) {
  std::string json = "\"";
  while (!text.empty()) {
    const std::size_t size = readable_size(text);
    if (size == 0 && static_cast<unsigned char>(text[0]) < 0x80) {
      append_hex(json, "\\u00", text[0]);
    } else if (size == 0) {
      json += kReplacement;
    } else {
      if (text[0] == '"' || text[0] == '\\') json += '\\';
      json += text.substr(0, size);
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return json += '"';
}

}  // namespace strata
