// A store while it is measured: its directory, the sync mode in which it is open, and which keys it
// has. As in db_bench, it stays open from one workload to the next, so caches are warm and
// compactions continue. It is opened again only for another sync mode.
//
// Thread-safety: none; one owner. The store itself may be used by many threads.
#pragma once

#include "workload/target.h"

namespace strata::workload {

class Subject {
 public:
  // `target` must outlive it. Nobody else uses `directory`; it need not exist yet.
  Subject(const Target& target, env::Path directory, Tuning tuning)
      : target_(target), directory_(std::move(directory)), tuning_(std::move(tuning)) {}

  const Target& target() const { return target_; }
  const env::Path& directory() const { return directory_; }
  Tuning& tuning() { return tuning_; }

  // Closes the store, removes its directory and creates a new one. Does not open it.
  Result<void> wipe();
  // Ensures that the store is open in `mode`. A store that is not durable ignores the mode.
  Result<void> open(SyncMode mode);
  Result<void> close();
  // Closes the store, and removes its files from the system's page cache.
  Result<void> cool();
  bool is_open() const { return store_ != nullptr; }
  Store& store() { return *store_; }  // requires: is_open()

  // Keys [0, keys()) were written. whole() is true if none of them was deleted.
  std::uint64_t keys() const { return keys_; }
  bool whole() const { return whole_; }
  void holds(std::uint64_t keys, bool whole) {
    keys_ = keys;
    whole_ = whole;
  }

 private:
  const Target& target_;
  const env::Path directory_;
  Tuning tuning_;
  std::unique_ptr<Store> store_;
  SyncMode mode_ = SyncMode::kAlways;
  std::uint64_t keys_ = 0;
  bool whole_ = true;
};

}  // namespace strata::workload
