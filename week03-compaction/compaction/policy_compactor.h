// Keeps a store in the shape that a policy wants: asks it what to merge, and merges it.
//
// Thread-safety: step() on one thread at a time; everything else may be called from many.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "compaction/compaction_observer.h"
#include "compaction/job.h"
#include "compaction/levelled_policy.h"
#include "lsm/seams.h"

namespace strata::compaction {

struct CompactorOptions {
  lsm::TableOptions tables;              // how tables are written
  lsm::TableOptions bottom_tables;       // and those of the last level
  std::uint64_t bytes_a_look = 1 << 10;  // of a merge, that a needless look pays for; 0: none
  LevelledOptions requests;              // how tables are cut that request() is about
  CompactionObserver* observer = &CompactionObserver::none();  // must outlive the compactor
};

class PolicyCompactor final : public lsm::Compactor {
 public:
  PolicyCompactor(std::shared_ptr<const CompactionPolicy> policy, CompactorOptions options)
      : policy_(std::move(policy)), options_(std::move(options)) {}

  Result<bool> step(lsm::VersionSet& versions, lsm::SequenceNumber oldest,
                    const std::stop_token& stop) override;
  void request(std::string_view first, std::optional<std::string_view> last) override;
  std::vector<Stat> stats(const lsm::Version& version) const override;

 private:
  // A range to be pushed down, and what of it is next: `level`, from `from` on.
  struct Request {
    std::string first;
    std::optional<std::string> last;
    std::size_t level = 0;
    std::string from = first;
  };

  std::optional<CompactionPlan> next_plan(const lsm::TableSet& tables);
  std::optional<CompactionPlan> next_paid_for(const lsm::TableSet& tables) const;
  std::optional<CompactionPlan> next_requested(const lsm::Version& version);
  Result<JobResult> carry_out(const CompactionPlan& plan, lsm::VersionSet& versions,
                              lsm::SequenceNumber oldest, const std::stop_token& stop);
  void begin(const CompactionPlan& plan, const lsm::Version& version);
  void end(const CompactionPlan& plan, const Result<JobResult>& result,
           const lsm::Version& version);

  const std::shared_ptr<const CompactionPolicy> policy_;
  const CompactorOptions options_;

  // With synchronisation of their own:
  std::atomic<std::uint64_t> merges_{0};
  std::atomic<std::uint64_t> moves_{0};
  std::atomic<std::uint64_t> bytes_read_{0};
  std::atomic<std::uint64_t> bytes_written_{0};
  Progress progress_;  // of all jobs together

  mutable std::mutex mutex_;
  std::deque<Request> requests_;         // guarded by mutex_
  bool requested_ = false;               // likewise; whether the last plan was for the first one
  std::string running_;                  // likewise; why the job runs that does, or empty
  std::uint64_t running_entries_ = 0;    // likewise; that it has to read
  std::uint64_t entries_before_it_ = 0;  // likewise; progress_ when it began
};

}  // namespace strata::compaction
