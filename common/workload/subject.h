// A store while it is being measured: its directory, in which mode it is open, and which
// keys it holds. It stays open from workload to workload, as in db_bench, so caches are
// warm and compactions go on; it is opened anew only for another sync mode.
//
// Thread-safety: none; one owner. The store itself may be used by many threads.
#pragma once

#include "workload/target.h"

namespace strata::workload {

class Subject {
 public:
  // `target` must outlive it. `directory` is its own and need not be there yet.
  Subject(const Target& target, env::Path directory, Tuning tuning)
      : target_(target), directory_(std::move(directory)), tuning_(std::move(tuning)) {}

  const Target& target() const { return target_; }
  const env::Path& directory() const { return directory_; }
  Tuning& tuning() { return tuning_; }

  // Closes it, removes its directory and makes a new one, without opening it.
  Result<void> wipe();
  // Opens it in `mode` if it is not. A store that is not durable ignores the mode.
  Result<void> open(SyncMode mode);
  Result<void> close();
  // Closes it, and lets the system forget its files.
  Result<void> cool();
  bool is_open() const { return store_ != nullptr; }
  Store& store() { return *store_; }  // requires: is_open()

  // Keys [0, keys()) were written. whole(): and none was deleted.
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
