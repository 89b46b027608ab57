// Interfaces that week 3 implements. LsmOptions holds one of each; null means that the store does
// without.
//
// Thread-safety: every function may be called from many threads at once, except Compactor::step(),
// which one thread calls at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lsm/entry_key.h"
#include "store/store.h"

namespace strata::lsm {

class Block;
class Memtable;
class TableSet;
class VersionSet;
struct Version;

// Compresses blocks. The number is stored before a block's checksum, so it must never change.
class Codec {
 public:
  virtual ~Codec() = default;
  virtual std::uint8_t number() const = 0;
  // Returns nullopt if compression would save nothing. The block is then stored as it is.
  virtual std::optional<std::string> compress(std::string_view contents) const = 0;
  virtual Result<std::string> decompress(std::string_view compressed) const = 0;
};
inline constexpr std::uint8_t kPlain = 0;  // the number of a block stored as it is

// For most keys that a table does not hold, the filter says so, without a read of the table's
// blocks.
class FilterPolicy {
 public:
  virtual ~FilterPolicy() = default;
  virtual std::string_view name() const = 0;  // stored in the table; other names are not used
  virtual std::string build(std::span<const std::uint64_t> key_hashes) const = 0;
  virtual bool may_contain(std::string_view filter, std::uint64_t key_hash) const = 0;
};

// Keeps blocks that were read, so that they need not be read again.
class BlockCache {
 public:
  virtual ~BlockCache() = default;
  struct Place {
    std::uint64_t table;   // a number that is unique to each opening of a table
    std::uint64_t offset;  // of the block in it
  };
  virtual std::shared_ptr<const Block> find(const Place& place) = 0;  // null: not in the cache
  virtual void insert(const Place& place, std::shared_ptr<const Block> block) = 0;
  virtual std::vector<Stat> stats() const { return {}; }  // for LsmStore::stats()
};

// Whether a walk uses the block cache. A walk that reads a whole table once should not (kLeave): it
// would evict blocks that other readers need again.
enum class Caching { kKeep, kLeave };

// Merges tables into fewer tables.
class Compactor {
 public:
  virtual ~Compactor() = default;
  // Does one piece of work, if there is any: reads tables of versions.current(), writes new ones,
  // and calls versions.compacted(). Returns true if there was work. Of a key's versions at or below
  // `oldest`, only the newest can still be read. The store calls step() on its own thread when the
  // tables have changed, or when many reads had to search several tables
  // (TableSet::needless_looks()). It repeats the call until there is nothing to do. After an error
  // it calls again only when the tables change or somebody asks. Returns kCancelled early if `stop`
  // is set.
  virtual Result<bool> step(VersionSet& versions, SequenceNumber oldest,
                            const std::stop_token& stop) = 0;
  // Asks the next steps to merge the tables that hold keys in [first, last], or from `first` on if
  // `last` is not set. They go on until each key is in the deepest possible level and no version is
  // kept that nobody can see.
  virtual void request(std::string_view /*first*/, std::optional<std::string_view> /*last*/) {}
  // Returns a memtable with those entries of `memtable` that a reader still needs, and at least
  // one. Of a key's versions at or below `oldest`, only the newest can still be read; a deletion is
  // needed only if one of `tables` may hold the key. Null: all of them are to be flushed. The store
  // calls this, on the flusher's thread, for a memtable that is flushed because scans have stepped
  // over most of it.
  virtual std::shared_ptr<const Memtable> thin(const Memtable& /*memtable*/,
                                               const TableSet& /*tables*/,
                                               SequenceNumber /*oldest*/) const {
    return nullptr;
  }
  virtual std::vector<Stat> stats(const Version& /*version*/) const { return {}; }
};

// Slows writers down before they have to stop. Without a throttle, writers wait only when a second
// memtable is full while the first one is still being flushed.
class WriteThrottle {
 public:
  virtual ~WriteThrottle() = default;
  // How long each group of writes is delayed while the store has these tables. The delay ends early
  // when the tables change.
  virtual std::chrono::microseconds delay(const Version& version) const = 0;
  // A delay that ends only when the compactor has changed the tables, or when it cannot do anything
  // about them.
  static constexpr auto kStop = std::chrono::microseconds::max();
  virtual std::vector<Stat> stats(const Version& /*version*/) const { return {}; }
};

}  // namespace strata::lsm
