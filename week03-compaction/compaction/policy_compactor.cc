#include "compaction/policy_compactor.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "compaction/survivors.h"
#include "lsm/memtable.h"

namespace strata::compaction {
namespace {

// The first possible key after the last key that the plan takes from `level`.
std::string behind(const CompactionPlan& plan, std::size_t level, const lsm::Version& version) {
  const auto inputs = inputs_of(plan, version);
  std::string_view last;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (plan.inputs[i].level == level) last = std::max(last, lsm::largest_user_key(inputs[i]));
  return std::string(last) + '\0';
}

std::string greatest_key(const lsm::Version& version) {
  std::string_view greatest;
  for (const auto& level : version.levels)
    for (const lsm::TableInfo& table : level)
      greatest = std::max(greatest, lsm::largest_user_key(table));
  return std::string(greatest);
}

}  // namespace

CompactionObserver& CompactionObserver::none() {
  static CompactionObserver observer;
  return observer;
}

void PolicyCompactor::request(std::string_view first, std::optional<std::string_view> last) {
  const std::lock_guard lock(mutex_);
  requests_.push_back({.first = std::string(first), .last = std::optional<std::string>(last)});
}

Result<bool> PolicyCompactor::step(lsm::VersionSet& versions, lsm::SequenceNumber oldest,
                                   const std::stop_token& stop) {
  const auto current = versions.current();
  const lsm::Version& version = current->version();
  const auto plan = next_plan(*current);
  if (!plan) return false;
  STRATA_ASSERT(is_sound(*plan, version));
  begin(*plan, version);
  const auto result = carry_out(*plan, versions, oldest, stop);
  end(*plan, result, versions.current()->version());
  if (!result) return result.error();
  return true;
}

// Requests and the policy take turns. So level 0 does not grow during a large request, and a
// request makes progress even if writers keep the policy busy.
std::optional<CompactionPlan> PolicyCompactor::next_plan(const lsm::TableSet& tables) {
  const lsm::Version& version = tables.version();
  const std::lock_guard lock(mutex_);
  const bool turn_of_the_policy = std::exchange(requested_, false);
  if (turn_of_the_policy)
    if (auto plan = policy_->pick(version)) return plan;
  auto plan = next_requested(version);
  requested_ = plan.has_value();
  if (!plan && !turn_of_the_policy) plan = policy_->pick(version);
  if (!plan) plan = policy_->pick_to_join(version);
  return plan ? plan : next_paid_for(tables);
}

// A needless look pays for some bytes of the merge that would make such looks unnecessary. When the
// tables change, what has been paid is forgotten.
std::optional<CompactionPlan> PolicyCompactor::next_paid_for(const lsm::TableSet& tables) const {
  auto plan = policy_->pick_for_readers(tables.version());
  if (!plan) return std::nullopt;
  const std::uint64_t price = bytes_of(inputs_of(*plan, tables.version()));
  if (tables.needless_looks() * options_.bytes_a_look < price) return std::nullopt;
  return plan;
}

// Works on one level after the other, from level 0 down: tables that were pushed into a level may
// be pushed out of it later. Requires: mutex_ is held.
std::optional<CompactionPlan> PolicyCompactor::next_requested(const lsm::Version& version) {
  for (; !requests_.empty(); requests_.pop_front()) {
    Request& front = requests_.front();
    if (!front.last) front.last = greatest_key(version);
    while (front.level < lsm::kLevels) {
      auto plan = plan_range(version, front.level, front.from, front.last, options_.requests);
      // Level 0 is taken in one piece. The request does not include what is flushed meanwhile.
      if (plan && front.level > 0) {
        front.from = behind(*plan, front.level, version);
        return plan;
      }
      ++front.level;
      front.from = front.first;
      if (plan) return plan;
    }
  }
  return std::nullopt;
}

Result<JobResult> PolicyCompactor::carry_out(const CompactionPlan& plan, lsm::VersionSet& versions,
                                             lsm::SequenceNumber oldest,
                                             const std::stop_token& stop) {
  const auto current = versions.current();
  if (is_move(plan, current->version())) {
    auto [removed, added] = change_of(plan, inputs_of(plan, current->version()));
    STRATA_TRY(versions.compacted(removed, std::move(added), current->readable_from()));
    ++moves_;
    return JobResult{};
  }
  const bool bottom = plan.output_level + 1 == lsm::kLevels;
  STRATA_TRY(const JobResult result,
             compact(versions, plan, oldest, bottom ? options_.bottom_tables : options_.tables,
                     stop, progress_));
  ++merges_;
  bytes_read_ += result.bytes_read;
  bytes_written_ += result.bytes_written;
  return result;
}

void PolicyCompactor::begin(const CompactionPlan& plan, const lsm::Version& version) {
  options_.observer->begun(plan, version);
  const std::lock_guard lock(mutex_);
  running_ = plan.reason;
  entries_before_it_ = progress_.entries_read;
  running_entries_ = 0;
  for (const lsm::TableInfo& input : inputs_of(plan, version)) running_entries_ += input.entries;
}

void PolicyCompactor::end(const CompactionPlan& plan, const Result<JobResult>& result,
                          const lsm::Version& version) {
  {
    const std::lock_guard lock(mutex_);
    running_.clear();
    // The callers that wait for requests get the error, and may ask again.
    if (!result) requests_.clear();
  }
  if (result)
    options_.observer->finished(plan, *result, version);
  else
    options_.observer->failed(plan, result.error());
}

std::shared_ptr<const lsm::Memtable> PolicyCompactor::thin(const lsm::Memtable& memtable,
                                                           const lsm::TableSet& tables,
                                                           lsm::SequenceNumber oldest) const {
  Survivors survivors(oldest, [&](std::string_view user_key) { return tables.may_hold(user_key); });
  const auto thin = std::make_shared<lsm::Memtable>();
  lsm::MemtableLoader loader(*thin);
  const auto keep = [&](const lsm::SkipList::Iterator& entry) {
    loader.add(entry.key().sequence(), {entry.key().kind(), entry.key().user_key, entry.value()});
  };
  for (auto it = memtable.begin(); it.valid(); it.next())
    if (survivors.needs(it.key())) keep(it);
  // A table cannot be empty. The first entry is the newest version of its key, so it is a deletion:
  // it says what is true. An older version would bring back what was deleted.
  if (thin->empty()) keep(memtable.begin());
  loader.finish();
  return thin;
}

std::vector<Stat> PolicyCompactor::stats(const lsm::Version& version) const {
  std::vector<Stat> stats{{"compaction_policy", std::string(policy_->name())},
                          {"compactions", merges_.load()},
                          {"compaction_moves", moves_.load()},
                          {"compaction_bytes_read", bytes_read_.load()},
                          {"compaction_bytes_written", bytes_written_.load()},
                          {"compaction_entries_dropped", progress_.entries_dropped.load()},
                          {"compaction_debt_bytes", policy_->debt(version)}};
  const std::lock_guard lock(mutex_);
  if (running_.empty()) return stats;
  const std::uint64_t done = progress_.entries_read - entries_before_it_;
  stats.push_back(
      {"compaction_running",
       fmt::format("{}: {} % of {} entries", running_,
                   running_entries_ == 0 ? 100 : 100 * done / running_entries_, running_entries_)});
  return stats;
}

}  // namespace strata::compaction
