// Decides which entries of a merge are still needed.
//
// Two kinds are not needed. First: of a key's versions at or below the oldest reader's number, only
// the newest can still be read; the others are not needed. Second: a tombstone that every reader
// sees only serves to hide older versions below. Where none can be below, it is not needed.
//
// A tombstone that is newer than the oldest reader always stays.
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

  // `oldest`: the sequence number of the oldest reader; a reader at number n sees an entry with
  // number n. `may_be_below`: whether a table that is not merged may hold an older version of the
  // key. It is called only where its answer matters.
  Survivors(lsm::SequenceNumber oldest, MayBeBelow may_be_below)
      : oldest_(oldest), may_be_below_(std::move(may_be_below)) {}

  // Whether this entry is still needed. Requires: it is called once for each entry of the merge, in
  // order. So the versions of a key come one after the other, the newest first.
  bool needs(const lsm::EntryKey& entry);

 private:
  const lsm::SequenceNumber oldest_;
  const MayBeBelow may_be_below_;
  std::string user_key_;  // of the entry before
  bool begun_ = false;    // there was an entry before
  bool settled_ = false;  // a version of user_key_ that every reader sees has come
};

}  // namespace strata::compaction
