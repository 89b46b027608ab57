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
#include <span>
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
  // `reverse`: as in ScanOptions.
  explicit Cursor(bool reverse) : reverse_(reverse) {}
  virtual ~Cursor() = default;

  // The next entry in the direction of the scan; nullopt after the last one. After an error, every
  // later call returns the same error.
  virtual Result<std::optional<Entry>> next() = 0;

  // Goes on to `key`: returns the entry there, or the first one behind it in the direction of the
  // scan; nullopt if there is none. next() continues from there. Requires: `key` is behind the
  // entry that was returned last. Whether entries that are passed over count for the scan's limit
  // depends on the store. The default reads them, one after the other, and counts them.
  virtual Result<std::optional<Entry>> seek(std::string_view key);

 protected:
  bool reverse() const { return reverse_; }

 private:
  const bool reverse_;
};

// What a key must have for a write_if() to be done: this value, or nullopt: the key is not there.
struct Condition {
  std::string key;
  std::optional<std::string> expected;
};
// kConflict if `found` is not what the condition expects.
Result<void> check_condition(const Condition& condition, const std::optional<std::string>& found);

// One number or word about a store, for people and for JSON.
struct Stat {
  std::string name;  // snake_case, with the unit if there is one: log_bytes
  std::variant<std::uint64_t, double, std::string> value;

  std::string text() const;
};

// What a store can do besides get, write and scan. The test suites check this first.
struct Capabilities {
  bool durable = false;     // a write that returned ok is still there after reopening
  bool snapshots = false;   // snapshot() works
  bool writable = true;     // false: write() is always refused
  bool conditions = false;  // write_if() works
  bool batches = true;      // a write of several keys may be done as one
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

  // As write(), if all conditions hold. No other write comes between the look at them and the
  // write. Errors: kConflict if one does not hold, and then nothing was written; kUnsupported if
  // capabilities().conditions is false.
  virtual Result<void> write_if(std::span<const Condition> conditions, const WriteBatch& batch);

  virtual Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) = 0;

  // kUnsupported if capabilities().snapshots is false.
  virtual Result<std::shared_ptr<const Snapshot>> snapshot() = 0;

  // Costs nothing, however large the store is.
  virtual Result<std::vector<Stat>> stats() = 0;

  // The number of keys. The default reads all of them.
  virtual Result<std::uint64_t> count_keys();

  // Makes durable what was written so far, whatever the sync mode is. Blocks. The default is for a
  // store that has nothing to do for it.
  virtual Result<void> sync() { return {}; }

  // Afterwards the store has the entries of `entries`, and no others. Whole or not at all, and as
  // durable, as for write(). Snapshots from before may be refused from now on (kUnavailable).
  // Requires: `entries` is not a scan of this store. Blocks; writes may wait. Errors: as write();
  // kInvalidArgument, and those of `entries`: if it does not ascend or fails, nothing has changed.
  // The default makes one batch of it, so it is for small stores, and for those to which nobody
  // writes meanwhile.
  virtual Result<void> replace(Cursor& entries);

  // Removes the keys that are in `range` when it begins, in several batches. After an error, some
  // of them may be gone. Blocks.
  virtual Result<void> remove_range(const KeyRange& range);

  virtual Capabilities capabilities() const = 0;

  // Makes everything durable and releases the files. Every later call returns kUnavailable. The
  // destructor does the same, but cannot report an error. Requires: no other call is running.
  virtual Result<void> close() = 0;

  // For tests: ends the process if a member contradicts another one. Requires: no other call is
  // running.
  virtual void check_invariants() {}

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
