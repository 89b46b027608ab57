// Walks versions of keys in order: the shape that memtables, blocks, tables and merges of
// them share.
//
// Thread-safety: none; one owner. What it walks over must outlive it, unless it says that
// it keeps that alive. An error makes it invalid, and stays; status() tells it from an end.
#pragma once

#include <string_view>

#include "base/result.h"
#include "lsm/entry_key.h"

namespace strata::lsm {

class EntryIterator {
 public:
  virtual ~EntryIterator() = default;

  // Whether it stands at an entry.
  virtual bool valid() const = 0;

  virtual void seek_to_first() = 0;
  virtual void seek_to_last() = 0;
  virtual void seek(const EntryKey& target) = 0;  // to the first entry not less than it

  // Says that seek(target) comes next: no other function may be called in between. Whoever seeks
  // in several approaches all of them first, so that what each needs is on its way from memory
  // while the others are sought in. May read, as seek() may; status() tells of errors then.
  virtual void approach(const EntryKey& /*target*/) {}

  // Requires for these four: valid(). Views hold until the iterator moves.
  virtual void next() = 0;
  virtual void prev() = 0;
  virtual EntryKey key() const = 0;
  virtual std::string_view value() const = 0;

  // The error that made it invalid, if one did.
  virtual Result<void> status() const = 0;
};

}  // namespace strata::lsm
