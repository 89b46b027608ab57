// Slows writers down while compaction is behind: first a little, then more, and in the end writers
// stop until compaction has caught up. Without this, reads would become slower with every flush,
// and in the end the disk would be full.
//
// Thread-safety: immutable; may be used by many threads at once.
#pragma once

#include <memory>
#include <string>

#include "compaction/policy.h"
#include "lsm/seams.h"

namespace strata::compaction {

struct ThrottleOptions {
  // The number of tables in level 0; a read has to look at each of them.
  std::uint64_t slow_tables = 12;
  std::uint64_t stop_tables = 24;
  // The bytes that wait to be merged: CompactionPolicy::debt().
  std::uint64_t slow_debt = std::uint64_t{16} << 30;
  std::uint64_t stop_debt = std::uint64_t{64} << 30;
  std::chrono::microseconds max_delay{4000};  // for a group of writes, just before the stop
};

class LevelThrottle final : public lsm::WriteThrottle {
 public:
  // Requires: each slow_ value is less than its stop_ value.
  LevelThrottle(std::shared_ptr<const CompactionPolicy> policy, const ThrottleOptions& options)
      : policy_(std::move(policy)), options_(options) {}

  // The longer of the two delays, for level 0 and for the debt.
  std::chrono::microseconds delay(const lsm::Version& version) const override;
  // Says whether writers are slowed down or stopped, and why.
  std::vector<Stat> stats(const lsm::Version& version) const override;

 private:
  const std::shared_ptr<const CompactionPolicy> policy_;
  const ThrottleOptions options_;
};

// The delay at `level`: 0 if level <= slow; WriteThrottle::kStop if level >= stop; between them it
// grows along a straight line, from 0 at `slow` to `max_delay` at `stop`.
// Requires: slow < stop. All values of 64 bits are allowed.
std::chrono::microseconds delay_at(std::uint64_t level, std::uint64_t slow, std::uint64_t stop,
                                   std::chrono::microseconds max_delay);

}  // namespace strata::compaction
