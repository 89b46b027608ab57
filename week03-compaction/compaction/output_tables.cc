#include "compaction/output_tables.h"

namespace strata::compaction {

Result<void> OutputTables::add(const lsm::EntryKey& key, std::string_view value) {
  // TASK 3.7: end the table that is being written where cuts_ says so; then add the entry. All
  // versions of a key must be in one table, since the tables of a level must not overlap. Call
  // cuts_.ends_before() for every new user key, the very first one included: it has to pass over
  // the tables below that end before that key. Without a table to end, end_table() does nothing.
  if (key.user_key != user_key_ && cuts_.ends_before(key.user_key, tables_.table_size()))
    STRATA_TRY(tables_.end_table());
  user_key_.assign(key.user_key);
  return tables_.add(key, value);
  // END TASK 3.7
}

Result<std::vector<lsm::TableInfo>> OutputTables::finish() {
  STRATA_TRY(tables_.finish());
  tables_.keep();
  return tables_.tables();
}

}  // namespace strata::compaction
