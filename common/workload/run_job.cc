#include <fmt/format.h>

#include <exception>
#include <latch>
#include <system_error>
#include <thread>

#include "workload/progress.h"
#include "workload/runner.h"

namespace strata::workload {
namespace {

// A task that the learner has not written yet throws. This returns its message as an error;
// otherwise the exception would end the process.
Result<void> run_guarded(Worker& worker) {
  try {
    return worker.run();
  } catch (const std::exception& error) {
    return unsupported(error.what());
  }
}

// The threads of one run. It does not change after it was made, except for what each worker changes
// in itself.
class Crew {
 public:
  Crew(const Job& job, std::ostream* progress) : job_(job), progress_(progress) {
    const bool writer_beside = job.workload.task == Task::kReadWhileWriting;
    counters_ = std::vector<Counter>(job.threads + (writer_beside ? 1 : 0));
    for (unsigned t = 0; t < job.threads; ++t) {
      const std::uint64_t first = job.operations * t / job.threads;
      const std::uint64_t end = job.operations * (t + 1) / job.threads;
      add({.thread = t, .first = first, .count = end - first});
    }
    if (writer_beside) add({.thread = job.threads, .count = ~std::uint64_t{0}, .background = true});
    outcomes_.resize(workers_.size());
  }

  Result<Run> run() {
    const env::SystemClock clock;
    const ProgressLine line(progress_, std::string(job_.workload.name),
                            std::span(counters_).first(job_.threads), job_.operations);
    std::latch start(static_cast<std::ptrdiff_t>(workers_.size()) + 1);
    std::vector<std::jthread> threads;
    STRATA_TRY(start_threads(threads, start));
    const auto before = clock.steady();
    start.arrive_and_wait();
    for (unsigned t = 0; t < job_.threads; ++t) threads[t].join();
    const auto after = clock.steady();
    stop_ = true;  // stops the background worker
    threads.clear();
    return result(after - before);
  }

 private:
  Result<void> start_threads(std::vector<std::jthread>& threads, std::latch& start) {
    try {
      for (std::size_t i = 0; i < workers_.size(); ++i)
        threads.emplace_back([this, i, &start] { work(i, start); });
    } catch (const std::system_error& error) {
      stop_ = true;  // so that threads that were started already end at once
      start.count_down(static_cast<std::ptrdiff_t>(workers_.size() - threads.size()) + 1);
      const std::size_t started = threads.size();
      threads.clear();
      return unavailable(fmt::format("only {} of {} threads could be started: {}", started,
                                     workers_.size(), error.what()));
    }
    return {};
  }

  void add(Share share) {
    workers_.push_back(std::make_unique<Worker>(job_, share, counters_[share.thread], stop_));
  }

  void work(std::size_t i, std::latch& start) {
    start.arrive_and_wait();
    outcomes_[i] = run_guarded(*workers_[i]);
    if (!outcomes_[i]) stop_ = true;
  }

  Result<Run> result(std::chrono::nanoseconds elapsed) const {
    for (const auto& outcome : outcomes_) STRATA_TRY(outcome);
    Run run{.elapsed = elapsed};
    for (std::size_t i = 0; i < workers_.size(); ++i)
      (i < job_.threads ? run.tally : run.background).merge(workers_[i]->tally());
    return run;
  }

  const Job& job_;
  std::ostream* const progress_;
  std::vector<Counter> counters_;                 // one for each worker
  std::vector<std::unique_ptr<Worker>> workers_;  // the background one last
  std::vector<Result<void>> outcomes_;            // each written by its thread, read after join
  std::atomic<bool> stop_{false};
};

}  // namespace

Result<Run> run_job(const Job& job, std::ostream* progress) { return Crew(job, progress).run(); }

}  // namespace strata::workload
