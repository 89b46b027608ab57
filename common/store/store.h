// What a database is to whoever uses it. Every stage of the course is a Store, so the
// shell, the test suites, the workload driver and the benchmarks are written once.
//
// Thread-safety: every function may be called from many threads at once.
// Consistency: a write that returned ok is seen by every get and scan that starts later.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "store/limits.h"
#include "store/write_batch.h"

namespace strata {

// The store as it was at one moment; kept for as long as somebody holds it. Each store
// has its own kind and refuses (kInvalidArgument) another's.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
};

// How far a read may go for its answer.
enum class Reach {
  kDisk,    // as far as it takes
  kMemory,  // kUnavailable instead of waiting for a disk or a network
};

struct ReadOptions {
  // Null: the latest state.
  std::shared_ptr<const Snapshot> snapshot = {};
  Reach reach = Reach::kDisk;
};

// Keys in [from, to), compared as unsigned bytes. No `to`: up to the last key.
struct KeyRange {
  std::string from;
  std::optional<std::string> to;

  static KeyRange all() { return {}; }
  // Every key that starts with `prefix`.
  static KeyRange prefix(std::string_view prefix);
  bool contains(std::string_view key) const;
};

struct ScanOptions {
  KeyRange range = {};
  bool reverse = false;
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();  // entries
  std::shared_ptr<const Snapshot> snapshot = {};                    // null: as of scan()
};

// Views: valid until the cursor moves or dies.
struct Entry {
  std::string_view key;
  std::string_view value;
};

// Walks a scan. It sees the store as of the snapshot, or as of the call to scan();
// later writes do not show. Thread-safety: none; one owner. May not outlive its store.
class Cursor {
 public:
  virtual ~Cursor() = default;

  // The next entry in the direction of the scan, or nullopt behind the last one.
  // After an error every later call returns it again.
  virtual Result<std::optional<Entry>> next() = 0;
};

// One figure about a store, for people and for JSON.
struct Stat {
  std::string name;  // snake_case, with its unit where it has one: log_bytes
  std::variant<std::uint64_t, double, std::string> value;

  std::string text() const;
};

// What a store can do beyond get, write and scan. The test suites ask first.
struct Capabilities {
  bool durable = false;    // what returned ok survives a reopen
  bool snapshots = false;  // snapshot() works
};

class Store {
 public:
  virtual ~Store() = default;

  // The value of `key`, or nullopt if there is none.
  virtual Result<std::optional<std::string>> get(std::string_view key,
                                                 const ReadOptions& options = {}) = 0;

  // Applies the batch, all or nothing. On ok it is durable as far as the store's sync
  // mode says. On an error other than kInvalidArgument the outcome is unknown until the
  // store is opened again: it may or may not be there, but never in part.
  // Blocks: until it is durable.
  virtual Result<void> write(const WriteBatch& batch) = 0;

  virtual Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) = 0;

  // kUnsupported where capabilities().snapshots is false.
  virtual Result<std::shared_ptr<const Snapshot>> snapshot() = 0;

  // num_keys first.
  virtual Result<std::vector<Stat>> stats() = 0;

  virtual Capabilities capabilities() const = 0;

  // Makes everything durable and releases the files. Every later call answers
  // kUnavailable. The destructor does the same, but cannot report an error.
  // Requires: no other call is under way.
  virtual Result<void> close() = 0;

  // A batch of one.
  Result<void> put(std::string_view key, std::string_view value);
  Result<void> remove(std::string_view key);
};

// How much a write that returned ok has been promised. The words of --sync.
enum class SyncMode {
  kAlways,    // it survives a power cut
  kInterval,  // it survives the death of the process; a power cut may lose the last 100 ms
  kNever,     // it survives the death of the process; a power cut may lose what the
              // operating system had not written yet
};
Result<SyncMode> parse_sync_mode(std::string_view word);
std::string_view name_of(SyncMode mode);

}  // namespace strata
