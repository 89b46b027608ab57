#include "workload/progress.h"

#include <fmt/format.h>

namespace strata::workload {

ProgressLine::ProgressLine(std::ostream* out, std::string title, std::span<const Counter> counters,
                           std::uint64_t total)
    : out_(out), title_(std::move(title)), counters_(counters), total_(total) {
  if (out_) thread_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

ProgressLine::~ProgressLine() {
  if (!out_) return;
  thread_.request_stop();
  thread_.join();
  *out_ << '\r' << std::string(79, ' ') << '\r' << std::flush;
}

void ProgressLine::watch(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  do {
    print();
    stopped_.wait_for(lock, stop, std::chrono::milliseconds(500), [] { return false; });
  } while (!stop.stop_requested());
}

void ProgressLine::print() const {
  std::uint64_t done = 0;
  for (const Counter& counter : counters_) done += counter.value.load(std::memory_order_relaxed);
  const auto percent = static_cast<double>(done) * 100 / static_cast<double>(total_);
  *out_ << fmt::format("\r{}: {} of {} ({:.0f} %)", title_, done, total_, percent) << std::flush;
}

}  // namespace strata::workload
