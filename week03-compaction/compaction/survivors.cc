#include "compaction/survivors.h"

namespace strata::compaction {

bool Survivors::needs(const lsm::EntryKey& entry) {
  // TASK 3.6: with each new user key begin again. A version that every reader sees has a number of
  // at most oldest_. The first such version of a key is needed, unless it is a tombstone and
  // nothing older may be below (may_be_below_). All versions after it are not needed. Versions
  // before it are newer than the oldest reader, and all of them are needed, tombstones included.
  if (!begun_ || entry.user_key != user_key_) {
    begun_ = true;
    settled_ = false;
    user_key_.assign(entry.user_key);
  }
  if (settled_) return false;
  settled_ = entry.sequence() <= oldest_;
  return !settled_ || entry.kind() != OperationKind::kDelete || may_be_below_(entry.user_key);
  // END TASK 3.6
}

}  // namespace strata::compaction
