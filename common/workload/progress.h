// A line on a terminal that shows the progress of a run. A thread of its own updates it twice a
// second. It can be switched off.
//
// Thread-safety: none; one owner. The counters may be changed by other threads.
#pragma once

#include <condition_variable>
#include <mutex>
#include <ostream>
#include <span>
#include <string>
#include <thread>

#include "workload/worker.h"

namespace strata::workload {

class ProgressLine {
 public:
  // `out`: null switches the line off. `out` and `counters` must outlive it. `total`: the number of
  // operations.
  ProgressLine(std::ostream* out, std::string title, std::span<const Counter> counters,
               std::uint64_t total);
  ~ProgressLine();  // clears the line

 private:
  void watch(const std::stop_token& stop);
  void print() const;

  std::ostream* const out_;
  const std::string title_;
  const std::span<const Counter> counters_;
  const std::uint64_t total_;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;  // last: it uses all the others
};

}  // namespace strata::workload
