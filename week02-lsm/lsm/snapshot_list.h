// The sequence numbers of all snapshots that are in use. Compaction must keep what they can see.
//
// Thread-safety: every function may be called from many threads at once. A snapshot may outlive the
// store and the list.
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
  // `visible`: the sequence number at which readers without a snapshot read. It must outlive the
  // list, and it only grows.
  explicit SnapshotList(const std::atomic<std::uint64_t>& visible) : visible_(visible) {}

  // Returns a snapshot at the sequence number that is visible now. It is on the list as long as it
  // lives.
  std::shared_ptr<const Snapshot> take();

  // Errors: kInvalidArgument for a snapshot of another list.
  Result<SequenceNumber> sequence_of(const Snapshot& snapshot) const;

  // The smallest number on the list, or the number that is visible now if the list is empty. No
  // later snapshot has a smaller number.
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
