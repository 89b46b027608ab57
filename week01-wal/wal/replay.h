// Brings a map up to date with many log records at once.
//
// Applied one by one, each record costs a search through the whole map, most of it waiting
// for memory. Here records are collected, sorted by key with only the last write of each
// key kept, and applied in order of their keys, so that neighbours in the map follow each
// other. The result is the same, several times sooner.
//
// Thread-safety: none; one owner.
#pragma once

#include <vector>

#include "store/memory_store.h"
#include "wal/entry.h"

namespace strata::wal {

class Replay {
 public:
  // `map` must outlive this. `expected_bytes` of records will come, more or less; at most
  // kMaxChunk of them are collected at a time.
  Replay(MemoryStore& map, std::uint64_t expected_bytes);

  // Adds the entries of one record, behind all that were added before. The payload may go
  // after the call. kCorruption as EntryReader::next().
  Result<void> add(ByteView payload);

  // Applies what has been collected. Call it before the map is used.
  void finish();

 private:
  // Where an operation stands in the order of keys: eight bytes of the key as a number,
  // taken from behind what all keys have in common, and its place in operations_.
  struct Rank {
    std::uint64_t head;
    std::uint32_t index;
  };

  std::string_view keep(std::string_view bytes);
  std::size_t common_prefix() const;
  void sort_ranks();

  static constexpr std::uint64_t kMaxChunk = std::uint64_t{128} << 20;

  MemoryStore& map_;
  const std::size_t chunk_bytes_;
  std::vector<char> bytes_;            // what the operations point into; never grows
  std::vector<Operation> operations_;  // in the order of the log
  std::vector<Rank> ranks_;            // in the order of the keys, once sorted
};

}  // namespace strata::wal
