// The sort key of one version of a user key: the user key, the sequence number of its write, and
// whether it was a put or a delete. Newer versions of a key are sorted first. So the first version
// that a search finds at or after visible_at(key, sequence) is the one that a reader at this
// sequence number sees.
//
// As bytes: [user key] [tag: 8], where tag = sequence * 256 + kind. See FORMAT.md. Pure values and
// functions.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/strong.h"
#include "store/write_batch.h"

namespace strata::lsm {

// Counts the operations since the store was created, from 1. Each operation takes one number.
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

  // The place at which a reader at `sequence` begins to search for `user_key`: all versions before
  // it are too new for this reader.
  static EntryKey visible_at(std::string_view user_key, SequenceNumber sequence) {
    return {user_key, sequence.value() << 8 | 0xff};
  }

  SequenceNumber sequence() const { return SequenceNumber(tag >> 8); }
  OperationKind kind() const { return static_cast<OperationKind>(tag & 0xff); }
};

// Sorted by user key, compared as unsigned bytes. Among versions of the same user key, the newest
// comes first.
inline std::strong_ordering operator<=>(const EntryKey& a, const EntryKey& b) {
  if (const int order = a.user_key.compare(b.user_key); order != 0) return order <=> 0;
  return b.tag <=> a.tag;
}
inline bool operator==(const EntryKey& a, const EntryKey& b) {
  return a.tag == b.tag && a.user_key == b.user_key;
}

// Appends the key as bytes.
void append_key(const EntryKey& key, std::string& out);
// Returns a view into `bytes`. Returns nullopt if they are not an entry key: too short, without a
// user key, or of unknown kind.
std::optional<EntryKey> parse_key(std::string_view bytes);

// The hash of a user key that filters use.
std::uint64_t hash_of(std::string_view user_key);

}  // namespace strata::lsm
