// Runs a policy on a stream of writes. It stores only keys, and time is computed, not spent: a
// write takes its bytes divided by the write bandwidth; a compaction takes the bytes that it reads
// and writes divided by the compaction bandwidth. Writes and compactions go on at the same time,
// one compaction after the other. When compactions are too far behind, the writes wait for them:
// that is a stall.
//
// Simplifications: a flush takes no time; every filter is wrong for one key in a hundred; nobody
// reads old versions; writes go at full speed up to a stop (stop_tables), where the real store's
// throttle would slow them before.
//
// Thread-safety: none; one owner.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "compaction/policy.h"
#include "compaction_sim/sim_tree.h"
#include "compaction_sim/synthetic_stream.h"

namespace strata::compaction {

struct SimOptions {
  StreamOptions stream;
  std::uint64_t operations = 5'000'000;
  SimSizes sizes;
  std::uint64_t memtable_bytes = std::uint64_t{1} << 20;  // a memtable is flushed at this size
  std::uint64_t write_bandwidth = 10'000'000;             // bytes a second
  std::uint64_t compaction_bandwidth = 200'000'000;
  // Writes wait when level 0 has so many tables, or when the debt has so many bytes.
  std::size_t stop_tables = 12;
  std::uint64_t stop_debt = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t every = 250'000;  // operations between two samples
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
  // Means over all samples: the tables that a get of any key asks; the same with a filter in each
  // table; and the bytes of all tables divided by the bytes of entries that are not outdated.
  double tables_asked = 0;
  double tables_asked_filtered = 0;
  double space_amplification = 0;
  double peak_space =
      0;  // the most bytes ever, inputs and outputs, divided by those not outdated at the end
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

// Gets a call for each event, with its time.
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
  // Lifetime: the arguments must outlive this object.
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
  // Lets compactions run until `now`.
  void compact_until(Time now);
  std::optional<CompactionPlan> next_plan() const;
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
  struct {
    SimEntries entries;  // in the order of the writes
    std::uint64_t bytes = 0;
  } memtable_;
  std::uint32_t sequence_ = 0;
  std::vector<bool> live_;        // by key: it was put and not deleted since
  std::uint64_t live_count_ = 0;  // the number of live keys
  std::optional<Running> running_;
  Time now_{};
  std::uint64_t user_bytes_ = 0;
  std::uint64_t written_bytes_ = 0;  // to tables
  std::uint64_t peak_bytes_ = 0;     // of tables, with outputs that are not in force yet
  SimResult result_;
};

}  // namespace strata::compaction
