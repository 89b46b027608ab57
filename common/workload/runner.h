// Runs one workload on one store: brings the store into the state that the workload
// starts from, starts the threads at once, measures, and checks.
#pragma once

#include <memory>
#include <ostream>

#include "workload/measurement.h"
#include "workload/settings.h"
#include "workload/subject.h"

namespace strata::workload {

// What the workers of one run did, and how long it took them.
struct Run {
  Tally tally = {};       // of those whose operations count
  Tally background = {};  // of the others
  std::chrono::nanoseconds elapsed{0};
};

// Divides the job among its threads and waits for them. `progress` may be null.
// The first error of any worker stops all and is returned.
Result<Run> run_job(const Job& job, std::ostream* progress);

class Runner {
 public:
  // `progress`: where to show progress, or null. `settings` must outlive the runner.
  Runner(const Settings& settings, std::ostream* progress)
      : settings_(settings), progress_(progress), pool_(settings.value_size, settings.seed) {}

  // On an error the subject must not be used again.
  Result<Measurement> run(Subject& subject, const Workload& workload);

 private:
  Result<void> prepare(Subject& subject, const Workload& workload);
  Result<void> load(Subject& subject);
  Result<Measurement> measure(Subject& subject, const Workload& workload);
  std::uint64_t operations_of(const Workload& workload) const;
  SyncMode mode_of(const Workload& workload) const;

  const Settings& settings_;
  std::ostream* const progress_;
  const ValuePool pool_;
};

}  // namespace strata::workload
