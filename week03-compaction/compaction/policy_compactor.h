// Keeps a store in the shape that a policy wants: asks the policy what to merge, and merges it.
//
// Thread-safety: step() may be called by one thread at a time; all other functions may be called
// from many threads at once.
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
  lsm::TableOptions bottom_tables;       // how tables of the last level are written
  std::uint64_t bytes_a_look = 1 << 10;  // bytes of a merge that a needless look pays for; 0: none
  LevelledOptions requests;              // where tables end that request() causes to be written
  CompactionObserver* observer = &CompactionObserver::none();  // must outlive the compactor
};

class PolicyCompactor final : public lsm::Compactor {
 public:
  PolicyCompactor(std::shared_ptr<const CompactionPolicy> policy, CompactorOptions options)
      : policy_(std::move(policy)), options_(std::move(options)) {}

  Result<bool> step(lsm::VersionSet& versions, lsm::SequenceNumber oldest,
                    const std::stop_token& stop) override;
  void request(std::string_view first, std::optional<std::string_view> last) override;
  std::shared_ptr<const lsm::Memtable> thin(const lsm::Memtable& memtable,
                                            const lsm::TableSet& tables,
                                            lsm::SequenceNumber oldest) const override;
  std::vector<Stat> stats(const lsm::Version& version) const override;

 private:
  // A range to push down. The next step works on `level`, from the key `from` on.
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
  Progress progress_;  // the sum over all jobs

  mutable std::mutex mutex_;
  std::deque<Request> requests_;         // guarded by mutex_
  bool requested_ = false;               // guarded; the last plan was for a request
  std::string running_;                  // guarded; the reason of the running job; empty: none runs
  std::uint64_t running_entries_ = 0;    // guarded; entries that the job has to read
  std::uint64_t entries_before_it_ = 0;  // guarded; progress_ when the job began
};

}  // namespace strata::compaction
