// What week 3 fills in: each an interface, each with a default that does nothing. Stores are
// made with LsmOptions, which hold one of each. All may be used by many threads at once, but
// for Compactor::step().
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
class VersionSet;
struct Version;

// Makes blocks smaller. The number stands in front of a block's checksum, for ever.
class Codec {
 public:
  virtual ~Codec() = default;
  virtual std::uint8_t number() const = 0;
  // nullopt where it would save nothing; the block is then stored as it is.
  virtual std::optional<std::string> compress(std::string_view contents) const = 0;
  virtual Result<std::string> decompress(std::string_view compressed) const = 0;
};
inline constexpr std::uint8_t kPlain = 0;  // the number of a block stored as it is

// Says of most keys that are not in a table that they are not, without a look at it.
class FilterPolicy {
 public:
  virtual ~FilterPolicy() = default;
  virtual std::string_view name() const = 0;  // stands in the table; another name is not used
  virtual std::string build(std::span<const std::uint64_t> key_hashes) const = 0;
  virtual bool may_contain(std::string_view filter, std::uint64_t key_hash) const = 0;
};

// Keeps blocks that were read.
class BlockCache {
 public:
  virtual ~BlockCache() = default;
  struct Place {
    std::uint64_t table;   // a number that each opening of a table has to itself
    std::uint64_t offset;  // of the block in it
  };
  virtual std::shared_ptr<const Block> find(const Place& place) = 0;  // null: not there
  virtual void insert(const Place& place, std::shared_ptr<const Block> block) = 0;
  virtual std::vector<Stat> stats() const { return {}; }  // for LsmStore::stats()
};

// Whether the block cache is asked, and keeps what a walk reads. One that reads all of a table
// once would push out what others come back for.
enum class Caching { kKeep, kLeave };

// Merges tables into fewer.
class Compactor {
 public:
  virtual ~Compactor() = default;
  // Does one piece of work, if there is any: reads tables of versions.current(), writes others,
  // and calls versions.compacted(). Returns whether there was any. Of the versions of a key
  // that are not newer than `oldest` nobody reads another than the newest. Called on a thread
  // that the store has for this, when its tables have changed or many reads had to look into
  // several of them (TableSet::needless_looks()), until there is nothing to do; an error ends it
  // until the tables change or somebody asks. Ends early, with kCancelled, once `stop` is set.
  virtual Result<bool> step(VersionSet& versions, SequenceNumber oldest,
                            const std::stop_token& stop) = 0;
  // Asks the next steps to merge what holds keys of [first, last], or from `first` on, until each
  // key lies as deep as it can, and nothing is kept there that nobody can see.
  virtual void request(std::string_view /*first*/, std::optional<std::string_view> /*last*/) {}
  virtual std::vector<Stat> stats(const Version& /*version*/) const { return {}; }
};

// Slows writers down before they have to be stopped. Without one they wait only when a second
// memtable is full while the first is still being flushed.
class WriteThrottle {
 public:
  virtual ~WriteThrottle() = default;
  // For how long each group of writes is held back while the store consists of these tables.
  // The wait ends early when they change.
  virtual std::chrono::microseconds delay(const Version& version) const = 0;
  // A delay that ends only when the compactor has changed that, or cannot.
  static constexpr auto kStop = std::chrono::microseconds::max();
  virtual std::vector<Stat> stats(const Version& /*version*/) const { return {}; }
};

}  // namespace strata::lsm
