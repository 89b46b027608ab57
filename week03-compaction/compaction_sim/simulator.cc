#include "compaction_sim/simulator.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace strata::compaction {
namespace {

constexpr std::uint64_t kLookups = 2'000;  // at each sample
constexpr double kFalsePositives = 0.01;   // of a filter

std::chrono::nanoseconds time_for(std::uint64_t bytes, std::uint64_t bandwidth) {
  const double seconds = static_cast<double>(bytes) / static_cast<double>(bandwidth);
  return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

Simulator::Simulator(const SimOptions& options, const CompactionPolicy& policy,
                     SimObserver& observer)
    : options_(options),
      policy_(policy),
      observer_(observer),
      stream_(options.stream),
      tree_(options.sizes),
      live_(options.stream.keys) {}

SimResult Simulator::run() {
  std::uint64_t sample_at = options_.every;
  for (std::uint64_t done = 1; done <= options_.operations; ++done) {
    write(stream_.next());
    if (memtable_.bytes < options_.memtable_bytes) continue;
    flush();
    if (done < sample_at) continue;
    sample();
    sample_at += options_.every;
  }
  if (!memtable_.entries.empty()) flush();
  sample();
  finish_figures();
  return std::move(result_);
}

void Simulator::write(const SimOperation& operation) {
  ++sequence_;
  memtable_.entries.push_back(operation.deletes ? SimEntry::tombstone(operation.key, sequence_)
                                                : SimEntry::put(operation.key, sequence_));
  memtable_.bytes += options_.sizes.of(memtable_.entries.back());
  if (live_[operation.key]) --live_count_;
  live_[operation.key] = !operation.deletes;
  if (!operation.deletes) ++live_count_;
}

void Simulator::flush() {
  now_ += time_for(memtable_.bytes, options_.write_bandwidth);
  compact_until(now_);
  if (must_wait()) wait_for_compactions();
  std::ranges::sort(memtable_.entries);
  observer_.flushed(now_, tree_.flush(std::exchange(memtable_.entries, {})));
  user_bytes_ += memtable_.bytes;
  written_bytes_ += std::exchange(memtable_.bytes, 0);
  ++result_.figures.flushes;
  if (!running_) begin_compaction(now_);
}

bool Simulator::must_wait() const {
  return tree_.version().levels[0].size() >= options_.stop_tables ||
         policy_.debt(tree_.version()) >= options_.stop_debt;
}

void Simulator::wait_for_compactions() {
  const Time begun = now_;
  const std::size_t tables = tree_.version().levels[0].size();
  while (running_ && must_wait()) {
    now_ = running_->end;
    compact_until(now_);
  }
  if (now_ == begun) return;  // no compaction is running that could end the stall
  result_.figures.stalled += now_ - begun;
  observer_.stalled(now_, now_ - begun, tables);
}

void Simulator::compact_until(Time now) {
  while (running_ && running_->end <= now) {
    Running done = *std::exchange(running_, std::nullopt);
    end_compaction(std::move(done.compaction), done.end);
    begin_compaction(done.end);
  }
}

std::optional<CompactionPlan> Simulator::next_plan() const {
  auto plan = policy_.pick(tree_.version());
  return plan ? plan : policy_.pick_to_join(tree_.version());
}

void Simulator::begin_compaction(Time now) {
  while (auto plan = next_plan()) {
    SimCompaction compaction = tree_.work_out(*std::move(plan));
    if (compaction.move) {  // takes no time
      end_compaction(std::move(compaction), now);
      continue;
    }
    observer_.begun(now, compaction.plan, tree_.version());
    peak_bytes_ = std::max(peak_bytes_, tree_.version().table_bytes() + compaction.written_bytes);
    const Time end = now + time_for(compaction.read_bytes + compaction.written_bytes,
                                    options_.compaction_bandwidth);
    running_ = {.compaction = std::move(compaction), .end = end};
    return;
  }
}

void Simulator::end_compaction(SimCompaction compaction, Time now) {
  ++(compaction.move ? result_.figures.moves : result_.figures.compactions);
  written_bytes_ += compaction.written_bytes;
  observer_.finished(now, compaction);
  tree_.finish(std::move(compaction));
}

void Simulator::sample() {
  SimSample sample{
      .time = now_, .stalled = result_.figures.stalled, .operations = sequence_, .levels = {}};
  for (std::size_t level = 0; level < lsm::kLevels; ++level) {
    const auto& tables = tree_.version().levels[level];
    sample.levels[level] = {.tables = tables.size(), .bytes = bytes_of(tables)};
  }
  result_.samples.push_back(sample);
  result_.figures.space_amplification += ratio(tree_.version().table_bytes(), live_bytes());
  measure_reads();
}

void Simulator::measure_reads() {
  SimFigures& figures = result_.figures;
  env::Random random(options_.stream.seed + sequence_);
  for (std::uint64_t i = 0; i < kLookups; ++i) {
    const auto found = tree_.get(static_cast<std::uint32_t>(random.below(options_.stream.keys)));
    const double knows = found.entry ? 1 : 0;
    const auto asked = static_cast<double>(found.asked);
    figures.tables_asked += asked / kLookups;
    figures.tables_asked_filtered += (knows + (asked - knows) * kFalsePositives) / kLookups;
  }
}

std::uint64_t Simulator::live_bytes() const {
  return live_count_ * options_.sizes.of(SimEntry::put(0, 0));
}

// Until now what was added up at each sample.
void Simulator::finish_figures() {
  SimFigures& figures = result_.figures;
  const auto samples = static_cast<double>(result_.samples.size());
  figures.time = now_;
  figures.write_amplification = ratio(written_bytes_, user_bytes_);
  figures.tables_asked /= samples;
  figures.tables_asked_filtered /= samples;
  figures.space_amplification /= samples;
  figures.peak_space = ratio(std::max(peak_bytes_, tree_.version().table_bytes()), live_bytes());
}

}  // namespace strata::compaction
