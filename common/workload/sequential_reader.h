// Reads a store from a key to its end, in order, with a new cursor for every ten thousand entries.
//
// One cursor for everything would be simpler, but a store in memory may copy everything that a scan
// will return. Compared with ten thousand entries, the cost of opening a cursor is small.
//
// Thread-safety: none; one owner. May not outlive the store.
#pragma once

#include "store/store.h"

namespace strata::workload {

class SequentialReader {
 public:
  static constexpr std::uint64_t kChunk = 10'000;

  SequentialReader(Store& store, std::string_view from) : store_(store), from_(from) {}

  // The next entry; nullopt after the last one. Its views are valid until the next call.
  Result<std::optional<Entry>> next() {
    if (cursor_ && in_chunk_ == kChunk) cursor_.reset();
    if (!cursor_) {
      ScanOptions options;
      options.range.from = from_;
      options.limit = kChunk;
      STRATA_TRY(cursor_, store_.scan(options));
      in_chunk_ = 0;
    }
    STRATA_TRY(const auto entry, cursor_->next());
    if (entry && ++in_chunk_ == kChunk) {
      from_.assign(entry->key);
      from_.push_back('\0');  // the smallest key after it
    }
    return entry;
  }

 private:
  Store& store_;
  std::string from_;  // where the next cursor starts
  std::unique_ptr<Cursor> cursor_;
  std::uint64_t in_chunk_ = 0;
};

}  // namespace strata::workload
