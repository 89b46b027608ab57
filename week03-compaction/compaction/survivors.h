// Decides which entries of a merge are still needed.
//
// Two kinds are not. Of the versions of a key that are not newer than the oldest reader, nobody
// reads another than the newest. And a tombstone that every reader sees hides what lies below
// it: where nothing can lie there, it hides nothing.
//
// Pure. Thread-safety: none; one owner.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "lsm/entry_key.h"

namespace strata::compaction {

class Survivors {
 public:
  using MayBeBelow = std::function<bool(std::string_view user_key)>;

  // `oldest`: the sequence number of the oldest reader. `may_be_below`: whether a version of a
  // key that is older than all that are merged may lie in another table.
  Survivors(lsm::SequenceNumber oldest, MayBeBelow may_be_below)
      : oldest_(oldest), may_be_below_(std::move(may_be_below)) {}

  // Whether this entry is still needed. Requires: all entries of the merge are asked for, in
  // their order, so that the newest version of a key comes first.
  bool needs(const lsm::EntryKey& entry);

 private:
  const lsm::SequenceNumber oldest_;
  const MayBeBelow may_be_below_;
  std::string user_key_;  // of the entry before
  bool begun_ = false;
  bool settled_ = false;  // a version of it that every reader sees has come
};

}  // namespace strata::compaction
