#include "lsm/table_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/assert.h"

namespace strata::lsm {
namespace {

bool same_tables(const OpenLevel& open, const std::vector<TableInfo>& tables) {
  return std::ranges::equal(
      open, tables, {}, [](const OpenTable& table) { return table.table->id().number; },
      &TableInfo::number);
}

}  // namespace

Result<std::shared_ptr<const TableSet>> TableSet::open(env::FileSystem& fs,
                                                       const env::Path& directory,
                                                       std::uint64_t store_id,
                                                       const TableReadOptions& options,
                                                       Version version, const TableSet* before,
                                                       SequenceNumber readable_from) {
  std::shared_ptr<TableSet> set(new TableSet(std::move(version), readable_from));
  const std::size_t levels = set->version_.levels.size();
  std::vector<bool> same(levels, false);
  std::unordered_map<std::uint64_t, const OpenTable*> open_already;
  for (std::size_t level = 0; before && level < levels; ++level) {
    same[level] = same_tables(*before->levels_[level], set->version_.levels[level]);
    if (same[level]) continue;
    for (const OpenTable& open : *before->levels_[level])
      open_already.emplace(open.table->id().number, &open);
  }
  for (std::size_t level = 0; level < levels; ++level) {
    if (same[level]) {
      set->levels_.push_back(before->levels_[level]);
      continue;
    }
    auto tables = std::make_shared<OpenLevel>();
    tables->reserve(set->version_.levels[level].size());
    for (const TableInfo& info : set->version_.levels[level]) {
      const auto already = open_already.find(info.number);
      if (already != open_already.end()) {
        tables->push_back(*already->second);
        continue;
      }
      STRATA_TRY(auto table, Table::open(fs, directory, {store_id, info.number, info.mark},
                                         info.file_size, options));
      tables->push_back({std::string(smallest_user_key(info)), std::string(largest_user_key(info)),
                         std::move(table)});
    }
    set->levels_.push_back(std::move(tables));
  }
  return set;
}

std::vector<const OpenTable*> TableSet::open_tables(std::span<const NumberAt> places) const {
  std::unordered_map<std::uint64_t, const OpenTable*> wanted;
  std::vector<bool> in_level(levels_.size(), false);
  for (const NumberAt& place : places) {
    wanted.emplace(place.number, nullptr);
    in_level[place.level] = true;
  }
  for (std::size_t level = 0; level < levels_.size(); ++level) {
    if (!in_level[level]) continue;
    for (const OpenTable& open : *levels_[level])
      if (const auto found = wanted.find(open.table->id().number); found != wanted.end())
        found->second = &open;
  }
  std::vector<const OpenTable*> tables;
  for (const NumberAt& place : places) {
    tables.push_back(wanted.at(place.number));
    STRATA_ASSERT(tables.back() != nullptr);
  }
  return tables;
}

bool TableSet::may_hold(std::string_view user_key) const {
  if (std::ranges::any_of(*levels_[0],
                          [&](const OpenTable& open) { return open.may_hold(user_key); }))
    return true;
  return std::any_of(levels_.begin() + 1, levels_.end(), [&](const auto& level) {
    const auto open = first_not_before(*level, user_key);
    return open != level->end() && open->may_hold(user_key);
  });
}

bool TableSet::has(std::uint64_t number) const {
  return std::ranges::any_of(levels_, [&](const auto& level) {
    return std::ranges::any_of(
        *level, [&](const OpenTable& open) { return open.table->id().number == number; });
  });
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

// Adds several at once to the sum. Otherwise threads would wait for each other here.
void TableSet::count_needless(std::uint64_t looks) const {
  constexpr std::uint64_t kAtOnce = 16;
  const std::uint64_t before =
      counted_[thread_slot()].looks.fetch_add(looks, std::memory_order_relaxed);
  const std::uint64_t more = (before + looks) / kAtOnce - before / kAtOnce;
  if (more > 0) looks_.fetch_add(more * kAtOnce, std::memory_order_relaxed);
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
