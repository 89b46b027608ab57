// Runs one workload on one store: it prepares the store, starts all threads at the same time,
// measures, and checks what was read.
//
// Thread-safety: none; one owner.
#pragma once

#include <memory>
#include <ostream>

#include "workload/measurement.h"
#include "workload/settings.h"
#include "workload/subject.h"

namespace strata::workload {

// What the workers of one run did, and how long it took.
struct Run {
  Tally tally = {};       // of the workers whose operations count
  Tally background = {};  // of the other workers
  std::chrono::nanoseconds elapsed{0};
};

// Divides the job among its threads and waits for them. `progress` may be null. If a worker fails,
// all stop, and the first error is returned.
Result<Run> run_job(const Job& job, std::ostream* progress);

// How many operations are in flight on the connections to a server.
struct Pipeline {
  std::size_t depth = 1;   // on each connection
  std::uint64_t rate = 0;  // operations per second; 0: a new one after each answer
};
// Returns true if the job's operations can be sent without waiting for one another.
bool can_be_pipelined(const Workload& workload);
// Runs the job on the calling thread alone. Requires: can_be_pipelined(). With a rate, the latency
// of an operation is measured from the moment at which it was due.
Result<Run> run_pipelined(const Job& job, AsyncStore& store, const Pipeline& pipeline,
                          std::ostream* progress);

class Runner {
 public:
  // `progress`: where to show progress, or null. `settings` must outlive the runner.
  Runner(const Settings& settings, std::ostream* progress)
      : settings_(settings), progress_(progress), pool_(settings.value_size, settings.seed) {}

  // After an error, the subject must not be used again.
  Result<Measurement> run(Subject& subject, const Workload& workload);

 private:
  Result<void> prepare(Subject& subject, const Workload& workload);
  Result<void> load(Subject& subject);
  Result<Measurement> measure(Subject& subject, const Workload& workload);
  Result<Run> run(Subject& subject, const Job& job);
  std::uint64_t operations_of(const Workload& workload) const;
  SyncMode mode_of(const Workload& workload) const;

  const Settings& settings_;
  std::ostream* const progress_;
  const ValuePool pool_;
};

}  // namespace strata::workload
