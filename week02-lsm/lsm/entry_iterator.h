// Walks the versions of keys in order. Memtables, blocks, tables, levels and merges of them all
// have this interface.
//
// Thread-safety: none; one owner.
// Lifetime: its source must outlive it, unless the function that returns the iterator says that it
// keeps the source alive.
// Blocks: on the disk, if the source is on the disk.
// Errors: an error makes the iterator invalid for good. status() tells an error from the end.
#pragma once

#include <string_view>

#include "base/result.h"
#include "lsm/entry_key.h"

namespace strata::lsm {

class EntryIterator {
 public:
  virtual ~EntryIterator() = default;

  // True if it stands at an entry.
  virtual bool valid() const = 0;

  virtual void seek_to_first() = 0;
  virtual void seek_to_last() = 0;
  virtual void seek(const EntryKey& target) = 0;  // to the first entry not less than `target`

  // Announces that seek(target) is the next call. A caller with several iterators first announces
  // the seek to all of them: each prefetches what it needs from memory while the others work. May
  // read from the disk, as seek() may; status() then returns errors.
  virtual void approach(const EntryKey& /*target*/) {}

  // Requires for these four: valid(). Views are valid until the iterator moves.
  virtual void next() = 0;
  virtual void prev() = 0;
  virtual EntryKey key() const = 0;
  virtual std::string_view value() const = 0;

  // The error that made the iterator invalid; ok if there was none.
  virtual Result<void> status() const = 0;
};

}  // namespace strata::lsm
