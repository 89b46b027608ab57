// The sequence numbers that somebody reads at, and so must not be forgotten.
//
// Thread-safety: every function may be called from many threads at once. A snapshot may outlive
// the store and its list.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "lsm/entry_key.h"
#include "store/store.h"

namespace strata::lsm {

class SnapshotList {
 public:
  // A snapshot at `sequence`, on the list for as long as it lives.
  std::shared_ptr<const Snapshot> take(SequenceNumber sequence);

  // kInvalidArgument for a snapshot of another list.
  Result<SequenceNumber> sequence_of(const Snapshot& snapshot) const;

  // The oldest on the list; nullopt if it is empty.
  std::optional<SequenceNumber> oldest() const;

 private:
  struct Live {
    std::mutex mutex;
    std::multiset<SequenceNumber> sequences;  // guarded by mutex
  };
  class Listed;

  const std::shared_ptr<Live> live_ = std::make_shared<Live>();
};

}  // namespace strata::lsm
