// The entries of a cursor for Store::replace(): refuses what a store cannot hold.
//
// Thread-safety: none; one owner.
#pragma once

#include <optional>
#include <string>

#include "store/store.h"

namespace strata {

class CheckedEntries {
 public:
  // Requires: `entries` outlives this object.
  explicit CheckedEntries(Cursor& entries) : entries_(entries) {}

  // As Cursor::next(). Errors: kInvalidArgument too, for a key that is not greater than the one
  // before it, and for a key or a value beyond the limits.
  Result<std::optional<Entry>> next() {
    STRATA_TRY(const auto entry, entries_.next());
    if (!entry) return std::nullopt;
    STRATA_TRY(check_key(entry->key));
    STRATA_TRY(check_value(entry->value));
    if (entry->key <= last_) return invalid_argument("the keys of the new entries do not ascend");
    last_.assign(entry->key);
    return entry;
  }

 private:
  Cursor& entries_;
  std::string last_;  // empty: none yet; no key is empty
};

}  // namespace strata
