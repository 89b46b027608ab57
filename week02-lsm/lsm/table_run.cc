#include "lsm/table_run.h"

namespace strata::lsm {

TableRun::~TableRun() {
  if (kept_) return;
  if (table_) {
    const std::uint64_t number = table_->id().number;
    table_.reset();
    versions_.discard(number);
  }
  for (const TableInfo& table : finished_) versions_.discard(table.number);
}

Result<void> TableRun::add(const EntryKey& key, std::string_view value) {
  if (!table_) {
    STRATA_TRY(table_, versions_.new_table(options_));
  }
  return table_->add(key, value);
}

Result<void> TableRun::end_table() {
  if (!table_) return {};
  STRATA_TRY(TableInfo info, table_->finish());
  table_.reset();
  finished_.push_back(std::move(info));
  return {};
}

Result<void> TableRun::finish() {
  STRATA_TRY(end_table());
  return versions_.sync_tables();
}

std::uint64_t TableRun::bytes() const {
  std::uint64_t bytes = table_size();
  for (const TableInfo& table : finished_) bytes += table.file_size;
  return bytes;
}

}  // namespace strata::lsm
