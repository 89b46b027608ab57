// Brings a map up to date with many log records at once.
//
// Applied one by one, each record costs a search through the whole map, most of it waiting
// for memory. Here records are collected, sorted by key with only the last write of each
// key kept, and applied in order of their keys, so that neighbours in the map follow each
// other. The bytes are copied once, to where the map will keep them. The result is the
// same, several times sooner.
//
// Thread-safety: none; one owner.
#pragma once

#include <vector>

#include "store/memory_store.h"
#include "wal/entry.h"

namespace strata::wal {

class Replay {
 public:
  static constexpr std::uint64_t kMaxBytes = std::uint64_t{128} << 20;

  // `map` must outlive this. What is collected takes about `max_bytes` at most; then it is
  // applied.
  explicit Replay(MemoryStore& map, std::uint64_t max_bytes = kMaxBytes)
      : map_(map), max_bytes_(max_bytes) {}

  // Adds the entries of one record, behind all that were added before. The payload may go
  // after the call. kCorruption as EntryReader::next().
  Result<void> add(ByteView payload);

  // Applies what has been collected. Call it before the map is used.
  void finish();

 private:
  // Where a change stands in the order of keys: eight bytes of the key as a number, taken
  // from behind what all keys have in common, and its place in changes_.
  struct Rank {
    std::uint64_t head;
    std::uint32_t index;
  };

  std::size_t common_prefix() const;
  std::vector<Rank> ranks() const;

  MemoryStore& map_;
  const std::uint64_t max_bytes_;
  std::uint64_t bytes_ = 0;      // that changes_ take
  std::vector<Change> changes_;  // in the order of the log
};

}  // namespace strata::wal
