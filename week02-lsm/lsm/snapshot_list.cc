#include "lsm/snapshot_list.h"

namespace strata::lsm {

class SnapshotList::Listed final : public Snapshot {
 public:
  // Requires: `sequence` is on the list.
  Listed(std::shared_ptr<Live> live, SequenceNumber sequence)
      : live_(std::move(live)), sequence_(sequence) {}
  ~Listed() override {
    const std::lock_guard lock(live_->mutex);
    live_->sequences.erase(live_->sequences.find(sequence_));
  }
  bool is_on(const std::shared_ptr<Live>& live) const { return live_ == live; }
  SequenceNumber sequence() const { return sequence_; }

 private:
  const std::shared_ptr<Live> live_;
  const SequenceNumber sequence_;
};

// The number is read under the lock. Otherwise oldest() could return a larger number before this
// one is on the list.
std::shared_ptr<const Snapshot> SnapshotList::take() {
  const std::lock_guard lock(live_->mutex);
  const SequenceNumber now(visible_.load(std::memory_order_acquire));
  live_->sequences.insert(now);
  return std::make_shared<const Listed>(live_, now);
}

Result<SequenceNumber> SnapshotList::sequence_of(const Snapshot& snapshot) const {
  const auto* ours = dynamic_cast<const Listed*>(&snapshot);
  if (!ours || !ours->is_on(live_))
    return invalid_argument("the snapshot belongs to another store");
  return ours->sequence();
}

SequenceNumber SnapshotList::oldest() const {
  const std::lock_guard lock(live_->mutex);
  if (live_->sequences.empty()) return SequenceNumber(visible_.load(std::memory_order_acquire));
  return *live_->sequences.begin();
}

}  // namespace strata::lsm
