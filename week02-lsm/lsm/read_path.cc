#include "lsm/read_path.h"

#include <algorithm>

#include "base/assert.h"
#include "lsm/merging_iterator.h"
#include "lsm/version_cursor.h"

namespace strata::lsm {

void ReadPath::open(std::shared_ptr<Memtable> active, std::shared_ptr<const TableSet> tables,
                    SequenceNumber visible) {
  show(visible);
  state_.set(
      std::make_shared<State>(std::move(active), nullptr, wal::Position(), std::move(tables)));
}

// Takes the number first, then the state. A state that is newer than the number has all entries
// that the number may see, unless a compaction has dropped some of them in between.
Result<ReadPath::View> ReadPath::view(const std::shared_ptr<const Snapshot>& snapshot) const {
  if (snapshot) {
    STRATA_TRY(const SequenceNumber sequence, snapshots_.sequence_of(*snapshot));
    auto state = state_.get();
    if (sequence < state->tables->readable_from())
      return unavailable("the store's content was replaced after this snapshot; take a new one");
    return View{sequence, std::move(state)};
  }
  for (;;) {
    const SequenceNumber sequence(visible_.load(std::memory_order_acquire));
    auto state = state_.get();
    if (sequence >= state->tables->readable_from()) return View{sequence, std::move(state)};
  }
}

Result<std::optional<std::string>> ReadPath::get(const View& view, std::string_view key,
                                                 Reach reach) {
  const auto& [sequence, state] = view;
  // TASK 2.8: search state->active, then state->full if it is not null, then state->tables (with
  // `reach`). The first place that has a version of the key for `sequence` decides, also if that
  // version is a deletion: then return nullopt and do not search further.
  for (const Memtable* memtable :
       {static_cast<const Memtable*>(state->active.get()), state->full.get()}) {
    const auto found = memtable ? memtable->get(key, sequence) : std::nullopt;
    if (found && found->kind == OperationKind::kDelete) return std::nullopt;
    if (found) return std::string(found->value);
  }
  STRATA_TRY(auto stored, state->tables->get(key, sequence, reach));
  if (!stored || stored->kind == OperationKind::kDelete) return std::nullopt;
  return std::move(stored->value);
  // END TASK 2.8
}

std::unique_ptr<Cursor> ReadPath::scan(const View& view, const ScanOptions& options) {
  const auto& [sequence, state] = view;
  std::vector<std::unique_ptr<EntryIterator>> sources;
  sources.push_back(Memtable::iterate(state->active));
  if (state->full) sources.push_back(Memtable::iterate(state->full));
  state->tables->iterate(sources);
  const std::uint64_t in_memory =
      state->active->entries() + (state->full ? state->full->entries() : 0);
  return visible_entries(merge(std::move(sources)), sequence, options,
                         [this, tables = state->tables, in_memory](std::uint64_t entries) {
                           count_skipped(entries, in_memory, *tables);
                         });
}

void ReadPath::count_skipped(std::uint64_t entries, std::uint64_t in_memory,
                             const TableSet& tables) {
  skipped_.fetch_add(entries, std::memory_order_relaxed);
  skipped_in_memory_.fetch_add(std::min(entries, in_memory), std::memory_order_relaxed);
  if (entries > in_memory) tables.count_skipped(entries - in_memory);
}

void ReadPath::set_aside(std::shared_ptr<Memtable> next, wal::Position log_start) {
  const std::lock_guard lock(publishing_);
  const auto before = state_.get();
  STRATA_ASSERT(!before->full);
  state_.set(std::make_shared<State>(std::move(next), before->active, log_start, before->tables));
  skipped_before_ = skipped_in_memory_.load();
}

void ReadPath::use_tables(const VersionSet& versions) {
  std::shared_ptr<const State> now;  // releasing it may do I/O, so not under the lock
  const std::lock_guard lock(publishing_);
  now = state_.get();
  auto tables = versions.current();
  const bool flushed = now->full && tables->version().log_start >= now->log_start;
  state_.set(std::make_shared<State>(now->active, flushed ? nullptr : now->full, now->log_start,
                                     std::move(tables)));
}

ReadPath::Replacement ReadPath::prepare(std::shared_ptr<Memtable> next, wal::Position log_start) {
  auto state = std::make_shared<State>(std::move(next), nullptr, log_start, nullptr);
  auto copies = Published<State>::prepare(state);
  return {std::move(state), std::move(copies)};
}

// The state first, then its number. In between nobody reads: view() repeats until it has the
// number. So no snapshot can see first the old content and then the new one.
void ReadPath::replace(Replacement replacement, const VersionSet& versions,
                       SequenceNumber last) noexcept {
  const std::lock_guard lock(publishing_);
  replacement.state->tables = versions.current();
  state_.set(std::move(replacement.copies));
  show(last);
  skipped_before_ = skipped_in_memory_.load();
}

// At least a quarter of the memtable's entries are deletions, and scans have stepped over half as
// many entries of memtables as it has.
bool ReadPath::worth_thinning(const Memtable& active) const {
  constexpr std::uint64_t kLeast = 4096;
  const std::uint64_t entries = active.entries();
  const std::uint64_t deletions = active.deletions();
  return deletions > 0 && deletions >= entries / 4 &&
         skipped_in_memory_.load(std::memory_order_relaxed) >=
             skipped_before_ + std::max(kLeast, entries / 2);
}

void ReadPath::check_invariants() const {
  const auto state = state_.get();
  STRATA_ASSERT(state->active && state->tables && state->active != state->full);
  STRATA_ASSERT(!state->full || state->tables->version().log_start < state->log_start);
  STRATA_ASSERT(state->tables->version().sequence <= visible());
}

}  // namespace strata::lsm
