// What one workload on one store in one round came to.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "workload/worker.h"

namespace strata::workload {

struct Measurement {
  std::size_t step = 0;  // which place in the list of workloads
  std::string workload = {};
  std::string store = {};
  unsigned round = 0;
  bool skipped = false;  // the store cannot do it; `note` says why, the rest is empty

  std::uint64_t operations = 0;  // of crash_reopen: keys
  Tally tally = {};
  std::chrono::nanoseconds elapsed{0};
  // The store's own count of log syncs over its count of writes, while this ran.
  std::optional<double> syncs_per_write = {};
  std::string note = {};  // empty, or one sentence

  double seconds() const { return std::chrono::duration<double>(elapsed).count(); }
  double operations_per_second() const { return static_cast<double>(operations) / seconds(); }
  // Of keys and values; a megabyte is a million bytes.
  double megabytes_per_second() const { return static_cast<double>(tally.bytes) / 1e6 / seconds(); }
};

// Requires: not empty. The mean of the middle two where there is no middle.
double median(std::vector<double> values);

}  // namespace strata::workload
