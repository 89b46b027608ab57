// Runs a policy on a stream of writes. Nothing is stored but the keys, and time is counted, not
// spent: a write costs its bytes over the write bandwidth, a compaction what it reads and writes
// over the compaction bandwidth. Both go on at once, one compaction after another. When the
// compactions fall too far behind, the writes wait for them: that is a stall.
//
// Simplified: a flush takes no time, every filter is wrong for one key in a hundred, nobody reads
// old versions, and writes go at full speed up to a wall (stop_tables), where the store's throttle
// slows them before. Thread-safety: none; one owner.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "compaction/policy.h"
#include "sim/sim_tree.h"
#include "sim/synthetic_stream.h"

namespace strata::compaction {

struct SimOptions {
  StreamOptions stream;
  std::uint64_t operations = 5'000'000;
  SimSizes sizes;
  std::uint64_t memtable_bytes = std::uint64_t{1} << 20;  // then it is flushed
  std::uint64_t write_bandwidth = 10'000'000;             // bytes a second
  std::uint64_t compaction_bandwidth = 200'000'000;
  // Writes wait from so many tables in level 0 on, or so many bytes of debt.
  std::size_t stop_tables = 12;
  std::uint64_t stop_debt = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t every = 250'000;  // operations from sample to sample
};

struct LevelSample {
  std::size_t tables = 0;
  std::uint64_t bytes = 0;
};
struct SimSample {
  std::chrono::nanoseconds time{};
  std::chrono::nanoseconds stalled{};  // of `time`
  std::uint64_t operations = 0;
  std::array<LevelSample, lsm::kLevels> levels{};
};

struct SimFigures {
  double write_amplification = 0;  // bytes written to tables over bytes written by the user
  // The mean over all samples: tables that a get of any key asks, the same with a filter in
  // each table, and bytes of tables over bytes of what is not outdated.
  double tables_asked = 0;
  double tables_asked_filtered = 0;
  double space_amplification = 0;
  double peak_space =
      0;  // the most bytes ever, inputs and outputs, over those not outdated at the end
  std::chrono::nanoseconds time{};
  std::chrono::nanoseconds stalled{};
  std::uint64_t flushes = 0;
  std::uint64_t compactions = 0;
  std::uint64_t moves = 0;
};

struct SimResult {
  std::vector<SimSample> samples;
  SimFigures figures;
};

// Is told what happens, at which time.
class SimObserver {
 public:
  virtual ~SimObserver() = default;
  virtual void flushed(std::chrono::nanoseconds, const lsm::TableInfo&) {}
  virtual void begun(std::chrono::nanoseconds, const CompactionPlan&, const lsm::Version&) {}
  virtual void finished(std::chrono::nanoseconds, const SimCompaction&) {}
  // From then to now; `tables`: level 0 had that many.
  virtual void stalled(std::chrono::nanoseconds /*now*/, std::chrono::nanoseconds /*time*/,
                       std::size_t /*tables*/) {}
};

class Simulator {
 public:
  // What it is given must outlive it.
  Simulator(const SimOptions& options, const CompactionPolicy& policy, SimObserver& observer);

  // Call once.
  SimResult run();
  const SimTree& tree() const { return tree_; }

 private:
  using Time = std::chrono::nanoseconds;
  struct Running {
    SimCompaction compaction;
    Time end;
  };

  void write(const SimOperation& operation);
  void flush();
  bool must_wait() const;
  void wait_for_compactions();
  // Lets the compactions go on until `now`.
  void compact_until(Time now);
  void begin_compaction(Time now);
  void end_compaction(SimCompaction compaction, Time now);
  void sample();
  void measure_reads();
  void finish_figures();
  std::uint64_t live_bytes() const;

  const SimOptions options_;
  const CompactionPolicy& policy_;
  SimObserver& observer_;
  SyntheticStream stream_;
  SimTree tree_;
  SimEntries memtable_;  // in the order of the writes
  std::uint64_t memtable_bytes_ = 0;
  std::uint32_t sequence_ = 0;
  std::vector<bool> live_;        // by key: it was put, and not deleted since
  std::uint64_t live_count_ = 0;  // of them
  std::optional<Running> running_;
  Time now_{};
  std::uint64_t user_bytes_ = 0;
  std::uint64_t written_bytes_ = 0;  // to tables
  std::uint64_t peak_bytes_ = 0;     // of tables, with outputs that are not in force yet
  SimResult result_;
};

}  // namespace strata::compaction
