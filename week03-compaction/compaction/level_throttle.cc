#include "compaction/level_throttle.h"

#include <fmt/format.h>

#include <algorithm>

namespace strata::compaction {

std::chrono::microseconds delay_at(std::uint64_t level, std::uint64_t slow, std::uint64_t stop,
                                   std::chrono::microseconds max_delay) {
  // TASK 3.8: writers that are slowed down early need not be stopped later. Up to `slow` there is
  // no delay. Between `slow` and `stop` the delay grows along a straight line from 0 to
  // `max_delay`, so that the write rate settles where compaction keeps up. From `stop` on it is
  // kStop. The numbers may be any of 64 bits: do not let a subtraction or a multiplication
  // overflow.
  if (level <= slow) return std::chrono::microseconds(0);
  if (level >= stop) return lsm::WriteThrottle::kStop;
  const double share = static_cast<double>(level - slow) / static_cast<double>(stop - slow);
  return std::chrono::duration_cast<std::chrono::microseconds>(max_delay * share);
  // END TASK 3.8
}

std::chrono::microseconds LevelThrottle::delay(const lsm::Version& version) const {
  return std::max(
      delay_at(version.levels[0].size(), options_.slow_tables, options_.stop_tables,
               options_.max_delay),
      delay_at(policy_->debt(version), options_.slow_debt, options_.stop_debt, options_.max_delay));
}

std::vector<Stat> LevelThrottle::stats(const lsm::Version& version) const {
  const auto held = delay(version);
  if (held.count() == 0) return {{"write_pressure", std::string("none")}};
  return {{"write_pressure",
           fmt::format("writers are {}: level 0 has {} tables, {} bytes wait to be merged",
                       held == kStop ? "stopped" : "slowed", version.levels[0].size(),
                       policy_->debt(version))}};
}

}  // namespace strata::compaction
