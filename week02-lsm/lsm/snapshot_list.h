// The sequence numbers that somebody reads at, and so must not be forgotten.
//
// Thread-safety: every function may be called from many threads at once. A snapshot may outlive
// the store and its list.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>

#include "lsm/entry_key.h"
#include "store/store.h"

namespace strata::lsm {

class SnapshotList {
 public:
  // `visible`: the sequence number that readers without a snapshot read at. It must outlive the
  // list, and only grows.
  explicit SnapshotList(const std::atomic<std::uint64_t>& visible) : visible_(visible) {}

  // A snapshot at what is visible now, on the list for as long as it lives.
  std::shared_ptr<const Snapshot> take();

  // kInvalidArgument for a snapshot of another list.
  Result<SequenceNumber> sequence_of(const Snapshot& snapshot) const;

  // The oldest on the list, or what is visible now if it is empty. No snapshot that is taken
  // later is older.
  SequenceNumber oldest() const;

 private:
  struct Live {
    std::mutex mutex;
    std::multiset<SequenceNumber> sequences;  // guarded by mutex
  };
  class Listed;

  const std::atomic<std::uint64_t>& visible_;
  const std::shared_ptr<Live> live_ = std::make_shared<Live>();
};

}  // namespace strata::lsm
