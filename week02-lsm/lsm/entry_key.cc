#include "lsm/entry_key.h"

#include <array>

#include "base/bytes.h"
#include "base/checksum.h"

namespace strata::lsm {

void append_key(const EntryKey& key, std::string& out) {
  std::array<std::byte, kTagSize> tag;
  store_little_endian(tag.data(), key.tag);
  out.append(key.user_key).append(as_text(tag));
}

std::optional<EntryKey> parse_key(std::string_view bytes) {
  if (bytes.size() <= kTagSize) return std::nullopt;
  const std::string_view user_key = bytes.substr(0, bytes.size() - kTagSize);
  const EntryKey key(user_key,
                     load_little_endian<std::uint64_t>(as_bytes(bytes).last(kTagSize).data()));
  if (key.kind() != OperationKind::kPut && key.kind() != OperationKind::kDelete)
    return std::nullopt;
  return key;
}

std::uint64_t hash_of(std::string_view user_key) { return checksum64(as_bytes(user_key)); }

}  // namespace strata::lsm
