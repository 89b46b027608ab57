// The result of one workload on one store in one round. Thread-safety: none; a value.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "workload/worker.h"

namespace strata::workload {

struct Measurement {
  std::size_t step = 0;  // the workload's index in the list of workloads
  std::string workload = {};
  std::string store = {};
  unsigned round = 0;
  bool skipped = false;  // the store cannot run it; `note` says why, and the rest is empty

  std::uint64_t operations = 0;  // for crash_reopen, the number of keys
  Tally tally = {};
  std::chrono::nanoseconds elapsed{0};
  // The store's count of log syncs divided by its count of writes, while this ran.
  std::optional<double> syncs_per_write = {};
  std::string note = {};  // empty, or one sentence

  double seconds() const { return std::chrono::duration<double>(elapsed).count(); }
  double operations_per_second() const { return static_cast<double>(operations) / seconds(); }
  // Of keys and values; a megabyte is a million bytes.
  double megabytes_per_second() const { return static_cast<double>(tally.bytes) / 1e6 / seconds(); }
};

// The median; the mean of the middle two if there is no middle. Requires: not empty.
double median(std::vector<double> values);

}  // namespace strata::workload
