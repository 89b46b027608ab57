// A line on a terminal that says how far a run is, renewed twice a second by a thread of
// its own; nothing at all if it is switched off.
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
  // Null: switched off. `out` and `counters` must outlive the line. `total`: operations.
  ProgressLine(std::ostream* out, std::string title, std::span<const Counter> counters,
               std::uint64_t total);
  ~ProgressLine();  // wipes the line

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
