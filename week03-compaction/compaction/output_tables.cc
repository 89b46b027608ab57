#include "compaction/output_tables.h"

namespace strata::compaction {

OutputTables::~OutputTables() {
  if (kept_) return;
  if (table_) {
    const std::uint64_t number = table_->id().number;
    table_.reset();
    versions_.discard(number);
  }
  for (const lsm::TableInfo& table : finished_) versions_.discard(table.number);
}

Result<void> OutputTables::add(const lsm::EntryKey& key, std::string_view value) {
  // TASK 3.7: begin a table if none is being written, and end it where cuts_ says so. All versions
  // of a key must be in one table, since the tables of a level must not overlap. Call
  // cuts_.ends_before() for every new user key, the very first one included: it has to pass over
  // the tables below that end before that key.
  const bool ends =
      key.user_key != user_key_ && cuts_.ends_before(key.user_key, table_ ? table_->size() : 0);
  if (table_ && ends) STRATA_TRY(finish_table());
  if (!table_) {
    STRATA_TRY(table_, versions_.new_table(&options_));
  }
  user_key_.assign(key.user_key);
  return table_->add(key, value);
  // END TASK 3.7
}

Result<void> OutputTables::finish_table() {
  STRATA_TRY(lsm::TableInfo info, table_->finish());
  table_.reset();
  finished_.push_back(std::move(info));
  return {};
}

Result<std::vector<lsm::TableInfo>> OutputTables::finish() {
  if (table_) STRATA_TRY(finish_table());
  STRATA_TRY(versions_.sync_tables());
  kept_ = true;
  return finished_;
}

std::uint64_t OutputTables::bytes() const {
  std::uint64_t bytes = table_ ? table_->size() : 0;
  for (const lsm::TableInfo& table : finished_) bytes += table.file_size;
  return bytes;
}

}  // namespace strata::compaction
