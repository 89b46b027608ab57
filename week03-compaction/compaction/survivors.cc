#include "compaction/survivors.h"

#include "base/not_written.h"  // what the starter throws

namespace strata::compaction {

bool Survivors::needs(const lsm::EntryKey& entry) {
  // TASK 3.6: another key begins a new story. What comes after the first version that every
  // reader sees is read by nobody. That version itself is needed, unless it is a tombstone
  // with nothing below it to hide.
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
