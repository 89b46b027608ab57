#include "workload/runner.h"

#include <fmt/format.h>

#include <algorithm>

#include "workload/crash.h"

namespace strata::workload {
namespace {

struct SyncCount {
  std::uint64_t syncs;
  std::uint64_t writes;
};

// nullopt if the store does not count them.
Result<std::optional<SyncCount>> count_syncs(Subject& subject) {
  STRATA_TRY(const auto stats, subject.store().stats());
  const auto find = [&](std::string_view name) -> const std::uint64_t* {
    const auto found = std::ranges::find(stats, name, &Stat::name);
    return found == stats.end() ? nullptr : std::get_if<std::uint64_t>(&found->value);
  };
  const auto* syncs = find("log_syncs");
  // A server makes one write of the store from the writes of many clients. It counts as one.
  const auto* served = find("served_writes");
  const auto* writes = served ? served : find("writes");
  if (!syncs || !writes) return std::nullopt;
  return SyncCount{*syncs, *writes};
}

std::optional<double> syncs_per_write(const std::optional<SyncCount>& before,
                                      const std::optional<SyncCount>& after) {
  if (!before || !after || after->writes == before->writes) return std::nullopt;
  return static_cast<double>(after->syncs - before->syncs) /
         static_cast<double>(after->writes - before->writes);
}

bool fills(const Workload& workload) {
  return workload.task == Task::kFillInOrder || workload.task == Task::kFillShuffled;
}

std::string note_on(const Workload& workload, const Run& run, bool whole) {
  if (workload.task == Task::kReadWhileWriting)
    return fmt::format("the writer beside made {} writes", run.background.writes);
  if (!whole && workload.task == Task::kReadRandom)
    return fmt::format("{} of {} keys were there", run.tally.found, run.tally.operations());
  return "";
}

}  // namespace

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Result<Measurement> Runner::run(Subject& subject, const Workload& workload) {
  if (workload.task == Task::kReopenAfterCrash) return reopen_after_crash(subject, settings_);
  STRATA_TRY(prepare(subject, workload));
  return measure(subject, workload);
}

std::uint64_t Runner::operations_of(const Workload& workload) const {
  if (!fills(workload)) return settings_.operations();
  if (!workload.always_synced) return settings_.num;
  // A disk can make some hundreds to some thousands of writes durable per second.
  return std::min(settings_.num, std::max<std::uint64_t>(settings_.num / 100, 1000));
}

SyncMode Runner::mode_of(const Workload& workload) const {
  return workload.always_synced ? SyncMode::kAlways : settings_.sync;
}

Result<void> Runner::prepare(Subject& subject, const Workload& workload) {
  const bool has_all = subject.whole() && subject.keys() >= settings_.num;
  switch (workload.start) {
    case Start::kFresh:
      STRATA_TRY(subject.wipe());
      break;
    case Start::kFilled:
      // The rest after deletions is enough to measure; the few keys of a short fillsync are not.
      if (subject.keys() < settings_.num) STRATA_TRY(load(subject));
      break;
    case Start::kWhole:
      if (!has_all) STRATA_TRY(load(subject));
      break;
  }
  // A store that is not durable would be empty after reopening.
  if (settings_.cold && !fills(workload) && subject.is_open() &&
      subject.store().capabilities().durable)
    STRATA_TRY(subject.cool());
  return subject.open(mode_of(workload));
}

Result<void> Runner::load(Subject& subject) {
  STRATA_TRY(subject.wipe());
  STRATA_TRY(subject.open(SyncMode::kNever));
  STRATA_TRY(const Workload* fill, find_workload("fillrandom"));
  KeySpace keys(0);
  STRATA_TRY(run(subject, {.store = subject.store(),
                           .workload = *fill,
                           .pool = pool_,
                           .keys = keys,
                           .operations = settings_.num,
                           .key_size = settings_.key_size,
                           .seed = settings_.seed,
                           .threads = 1,
                           .whole = true}));
  subject.holds(settings_.num, true);
  return {};
}

Result<Run> Runner::run(Subject& subject, const Job& job) {
  if (!subject.target().connect || !can_be_pipelined(job.workload)) return run_job(job, progress_);
  STRATA_TRY(const auto connections, subject.target().connect());
  return run_pipelined(job, *connections, {settings_.pipeline, settings_.rate}, progress_);
}

Result<Measurement> Runner::measure(Subject& subject, const Workload& workload) {
  KeySpace keys(subject.keys());
  const Job job{.store = subject.store(),
                .workload = workload,
                .pool = pool_,
                .keys = keys,
                .operations = operations_of(workload),
                .key_size = settings_.key_size,
                .seed = settings_.seed,
                .threads = settings_.threads,
                .whole = subject.whole(),
                .write_rate = settings_.write_rate};
  STRATA_TRY(const auto before, count_syncs(subject));
  STRATA_TRY(Run run, this->run(subject, job));
  STRATA_TRY(const auto after, count_syncs(subject));

  subject.holds(fills(workload) ? job.operations : keys.size(),
                subject.whole() && workload.task != Task::kDelete);
  return Measurement{
      .workload = std::string(workload.name),
      .store = subject.target().name,
      .operations = run.tally.operations(),
      .tally = run.tally,
      .elapsed = run.elapsed,
      .syncs_per_write = workload.writes() ? syncs_per_write(before, after) : std::nullopt,
      .note = note_on(workload, run, subject.whole())};
}

}  // namespace strata::workload
