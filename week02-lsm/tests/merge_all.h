// The simplest possible compactor, for tests.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "lsm/lsm_store.h"
#include "lsm/merging_iterator.h"

namespace strata::lsm {

// Merges all tables of level 0 and the table of level 1 into one table of level 1. Keeps the
// versions that a reader may still need.
class MergeAll final : public Compactor {
 public:
  // Works on the store in `directory`.
  MergeAll(env::FileSystem& fs, const env::Path& directory)
      : fs_(fs), tables_(directory / "tables") {}

  Result<bool> step(VersionSet& versions, SequenceNumber oldest, const std::stop_token&) override {
    const auto current = versions.current();
    if (current->version().levels[0].size() < 2) return false;
    std::vector<std::unique_ptr<EntryIterator>> sources;
    current->iterate(sources);
    STRATA_TRY(const auto table, versions.new_table());
    STRATA_TRY(copy_needed(*merge(std::move(sources)), oldest, *table));
    STRATA_TRY(TableInfo info, table->finish());
    STRATA_TRY(fs_.sync_directory(tables_));
    std::vector<NumberAt> removed;
    for (std::size_t level : {0u, 1u})
      for (const TableInfo& old : current->version().levels[level])
        removed.push_back({level, old.number});
    STRATA_TRY(versions.compacted(removed, {{.level = 1, .table = std::move(info)}}, oldest));
    ++steps_;
    return true;
  }
  int steps() const { return steps_; }

 private:
  static Result<void> copy_needed(EntryIterator& entries, SequenceNumber oldest,
                                  TableBuilder& table) {
    std::string key;
    bool settled = false;  // a version of `key` that all readers may see was copied
    for (entries.seek_to_first(); entries.valid(); entries.next()) {
      if (entries.key().user_key != key) settled = false;
      key.assign(entries.key().user_key);
      if (settled) continue;
      settled = entries.key().sequence() <= oldest;
      STRATA_TRY(table.add(entries.key(), entries.value()));
    }
    return entries.status();
  }

  env::FileSystem& fs_;
  const env::Path tables_;
  std::atomic<int> steps_{0};
};

}  // namespace strata::lsm
