// Holds writers back while compaction is behind: first a little, then more, in the end until it
// has caught up. Without that, reads grow slower with every flush, and then the disk is full.
//
// Thread-safety: constant; may be used by many threads at once.
#pragma once

#include <memory>
#include <string>

#include "compaction/policy.h"
#include "lsm/seams.h"

namespace strata::compaction {

struct ThrottleOptions {
  // Tables in level 0, which a read has to look at one by one.
  std::uint64_t slow_tables = 12;
  std::uint64_t stop_tables = 24;
  // Bytes that wait to be merged: CompactionPolicy::debt().
  std::uint64_t slow_debt = std::uint64_t{16} << 30;
  std::uint64_t stop_debt = std::uint64_t{64} << 30;
  std::chrono::microseconds max_delay{4000};  // of a group of writes, just before the stop
};

class LevelThrottle final : public lsm::WriteThrottle {
 public:
  // Requires: each slow_ is less than its stop_.
  LevelThrottle(std::shared_ptr<const CompactionPolicy> policy, const ThrottleOptions& options)
      : policy_(std::move(policy)), options_(options) {}

  std::chrono::microseconds delay(const lsm::Version& version) const override;
  // Whether writers are held back, and why.
  std::vector<Stat> stats(const lsm::Version& version) const override;

 private:
  const std::shared_ptr<const CompactionPolicy> policy_;
  const ThrottleOptions options_;
};

// How long to wait at `level` of what begins to count at `slow` and stops writers at `stop`:
// nothing up to `slow`, from there on evenly more, up to `max_delay`; from `stop` on
// WriteThrottle::kStop.
std::chrono::microseconds delay_at(std::uint64_t level, std::uint64_t slow, std::uint64_t stop,
                                   std::chrono::microseconds max_delay);

}  // namespace strata::compaction
