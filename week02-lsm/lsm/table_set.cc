#include "lsm/table_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/assert.h"

namespace strata::lsm {

Result<std::shared_ptr<const TableSet>> TableSet::open(env::FileSystem& fs,
                                                       const env::Path& directory,
                                                       std::uint64_t store_id,
                                                       const TableReadOptions& options,
                                                       Version version, const TableSet* before,
                                                       SequenceNumber readable_from) {
  std::shared_ptr<TableSet> set(new TableSet(std::move(version), readable_from));
  std::unordered_map<std::uint64_t, std::shared_ptr<const Table>> open_already;
  if (before)
    for (const auto& level : before->levels_)
      for (const OpenTable& open : *level)
        open_already.emplace(open.table->id().number, open.table);
  for (const auto& tables : set->version_.levels) {
    auto level = std::make_shared<OpenLevel>();
    for (const TableInfo& info : tables) {
      auto& table = open_already[info.number];
      if (!table) {
        STRATA_TRY(table, Table::open(fs, directory, {store_id, info.number, info.mark},
                                      info.file_size, options));
      }
      level->push_back({std::string(parse_key(info.smallest)->user_key),
                        std::string(parse_key(info.largest)->user_key), table});
    }
    set->levels_.push_back(std::move(level));
  }
  return set;
}

const OpenTable& TableSet::open_table(const NumberAt& place) const {
  const auto& level = *levels_[place.level];
  const auto found = std::ranges::find(
      level, place.number, [](const OpenTable& open) { return open.table->id().number; });
  STRATA_ASSERT(found != level.end());
  return *found;
}

std::shared_ptr<const Table> TableSet::find(std::uint64_t number) const {
  for (const auto& level : levels_)
    for (const OpenTable& open : *level)
      if (open.table->id().number == number) return open.table;
  return nullptr;
}

Result<std::optional<StoredVersion>> TableSet::get(std::string_view user_key,
                                                   SequenceNumber sequence, Reach reach) const {
  std::size_t asked = 0;
  for (const OpenTable& open : *levels_[0]) {
    if (!open.may_hold(user_key)) continue;
    if (++asked > 1) count_needless(1);
    STRATA_TRY(auto found, open.table->get(user_key, sequence, reach));
    if (found) return found;
  }
  for (std::size_t level = 1; level < levels_.size(); ++level) {
    // Tables of this level do not overlap, so at most one can hold the key.
    const auto open = first_not_before(*levels_[level], user_key);
    if (open == levels_[level]->end() || !open->may_hold(user_key)) continue;
    STRATA_TRY(auto found, open->table->get(user_key, sequence, reach));
    if (found) return found;
  }
  return std::nullopt;
}

void TableSet::iterate(std::vector<std::unique_ptr<EntryIterator>>& sources) const {
  if (levels_[0]->size() > 1) count_needless(levels_[0]->size() - 1);
  for (const OpenTable& open : *levels_[0]) sources.push_back(Table::iterate(open.table));
  for (std::size_t level = 1; level < levels_.size(); ++level)
    if (!levels_[level]->empty()) sources.push_back(concatenate(levels_[level]));
}

// Each thread adds several at once. Otherwise threads would wait for each other here.
void TableSet::count_needless(std::uint64_t looks) const {
  constexpr std::uint64_t kAtOnce = 16;
  thread_local std::uint64_t counted = 0;
  counted += looks;
  if (counted >= kAtOnce) looks_.fetch_add(std::exchange(counted, 0), std::memory_order_relaxed);
}

bool TableSet::many_more_looks() const {
  constexpr std::uint64_t kMany = 1024;
  std::uint64_t told = told_looks_.load(std::memory_order_relaxed);
  const std::uint64_t now = needless_looks();
  return now >= told + std::max(kMany, told / 4) &&
         told_looks_.compare_exchange_strong(told, now, std::memory_order_relaxed);
}

Result<void> TableSet::verify() const {
  for (std::size_t level = 0; level < levels_.size(); ++level)
    for (std::size_t i = 0; i < levels_[level]->size(); ++i) {
      const Table& table = *(*levels_[level])[i].table;
      const std::uint64_t expected = version_.levels[level][i].entries;
      STRATA_TRY(const std::uint64_t entries, table.verify());
      if (entries != expected)
        return corruption(fmt::format("damage: {} has {} entries; the manifest says {}",
                                      table.path().string(), entries, expected));
    }
  return {};
}

std::size_t TableSet::memory() const {
  std::size_t bytes = 0;
  for (const auto& level : levels_)
    for (const OpenTable& open : *level) bytes += open.table->memory();
  return bytes;
}

}  // namespace strata::lsm
