// What a database is to its user. Every stage of the course is a Store, so the shell, the test
// suites, the workload driver and the benchmarks are written once.
//
// Thread-safety: every function may be called from many threads at once, except close().
// Consistency: if a write returned ok, every get and scan that starts later sees it.
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

// The store as it was at one moment. It can be read as long as a caller holds it. A store refuses
// the snapshots of another store (kInvalidArgument).
class Snapshot {
 public:
  virtual ~Snapshot() = default;
};

// Where a read may look for its answer.
enum class Reach {
  kDisk,    // everywhere
  kMemory,  // only where it need not wait for a disk or a network; else it returns kUnavailable
};

struct ReadOptions {
  // Which state to read. Null: the latest.
  std::shared_ptr<const Snapshot> snapshot = {};
  Reach reach = Reach::kDisk;
};

// The keys in [from, to), compared as unsigned bytes. Without `to`: all keys from `from` on.
struct KeyRange {
  std::string from;
  std::optional<std::string> to;

  static KeyRange all() { return {}; }
  // All keys that start with `prefix`.
  static KeyRange prefix(std::string_view prefix);
  bool contains(std::string_view key) const;
};

struct ScanOptions {
  KeyRange range = {};
  bool reverse = false;
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();  // entries
  std::shared_ptr<const Snapshot> snapshot = {};                    // null: as of scan()
};

// Views. They are valid until the cursor moves or is destroyed.
struct Entry {
  std::string_view key;
  std::string_view value;
};

// Reads the entries of a scan, one after the other. It sees the store as of the snapshot, or as of
// the call to scan(); it does not see later writes. Thread-safety: none; one owner. It must not
// outlive its store.
class Cursor {
 public:
  virtual ~Cursor() = default;

  // The next entry in the direction of the scan; nullopt after the last one. After an error, every
  // later call returns the same error.
  virtual Result<std::optional<Entry>> next() = 0;
};

// One number or word about a store, for people and for JSON.
struct Stat {
  std::string name;  // snake_case, with the unit if there is one: log_bytes
  std::variant<std::uint64_t, double, std::string> value;

  std::string text() const;
};

// What a store can do besides get, write and scan. The test suites check this first.
struct Capabilities {
  bool durable = false;    // a write that returned ok is still there after reopening
  bool snapshots = false;  // snapshot() works
  bool writable = true;    // false: write() is always refused
};

class Store {
 public:
  virtual ~Store() = default;

  // The value of `key`; nullopt if the key is not in the store.
  virtual Result<std::optional<std::string>> get(std::string_view key,
                                                 const ReadOptions& options = {}) = 0;

  // Applies the batch completely or not at all. If it returns ok, the batch is as durable as the
  // store's sync mode promises. After kInvalidArgument nothing was written. After any other error
  // the outcome is unknown until the store is opened again: the whole batch may be there or none of
  // it, never a part. Blocks: until it is durable.
  virtual Result<void> write(const WriteBatch& batch) = 0;

  virtual Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) = 0;

  // kUnsupported if capabilities().snapshots is false.
  virtual Result<std::shared_ptr<const Snapshot>> snapshot() = 0;

  // The first one is num_keys.
  virtual Result<std::vector<Stat>> stats() = 0;

  virtual Capabilities capabilities() const = 0;

  // Makes everything durable and releases the files. Every later call returns kUnavailable. The
  // destructor does the same, but cannot report an error. Requires: no other call is running.
  virtual Result<void> close() = 0;

  // A batch with one operation.
  Result<void> put(std::string_view key, std::string_view value);
  Result<void> remove(std::string_view key);
};

// What is promised for a write that returned ok. These are the words of --sync.
enum class SyncMode {
  kAlways,    // it survives a power cut
  kInterval,  // it survives the death of the process; a power cut may lose the last 100 ms
  kNever,     // it survives the death of the process; a power cut may lose everything that the
              // operating system had not written yet
};
Result<SyncMode> parse_sync_mode(std::string_view word);
std::string_view name_of(SyncMode mode);

}  // namespace strata
