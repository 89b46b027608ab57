// What a version of a key is called: the key, when it was written, and whether it was put
// or deleted. Newer versions of a key come first, so that the first one a search meets at
// or behind (key, sequence) is the one a reader at that sequence sees.
//
// As bytes: [user key] [tag: 8], where tag = sequence * 256 + kind. See FORMAT.md.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/strong.h"
#include "store/write_batch.h"

namespace strata::lsm {

// Counts operations since the store was made, from 1; an operation takes one number.
using SequenceNumber = Strong<struct SequenceNumberTag>;
inline constexpr SequenceNumber kMaxSequence{(std::uint64_t{1} << 56) - 1};
inline constexpr std::size_t kTagSize = 8;

struct EntryKey {
  std::string_view user_key;
  std::uint64_t tag = 0;

  EntryKey() = default;
  EntryKey(std::string_view user_key, std::uint64_t tag) : user_key(user_key), tag(tag) {}
  EntryKey(std::string_view user_key, SequenceNumber sequence, OperationKind kind)
      : EntryKey(user_key, sequence.value() << 8 | static_cast<std::uint64_t>(kind)) {}

  // Where the search begins for what a reader at `sequence` sees of `user_key`: no version
  // it may see lies before.
  static EntryKey visible_at(std::string_view user_key, SequenceNumber sequence) {
    return {user_key, sequence.value() << 8 | 0xff};
  }

  SequenceNumber sequence() const { return SequenceNumber(tag >> 8); }
  OperationKind kind() const { return static_cast<OperationKind>(tag & 0xff); }
};

// By user key, as unsigned bytes; among versions of one, the newest first.
inline std::strong_ordering operator<=>(const EntryKey& a, const EntryKey& b) {
  if (const int order = a.user_key.compare(b.user_key); order != 0) return order <=> 0;
  return b.tag <=> a.tag;
}
inline bool operator==(const EntryKey& a, const EntryKey& b) {
  return a.tag == b.tag && a.user_key == b.user_key;
}

// Appends the key as bytes.
void append_key(const EntryKey& key, std::string& out);
// A view into `bytes`; nullopt if they are no entry key: too short, or of unknown kind.
std::optional<EntryKey> parse_key(std::string_view bytes);

// How filters see a user key.
std::uint64_t hash_of(std::string_view user_key);

}  // namespace strata::lsm
