// What each call to a simulated disk costs, and which one fails. A cost is virtual time: nobody
// waits. The costs are summed up, and whoever runs the simulation asks for the sum.
//
// Pure. Thread-safety: none; its file system guards it.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <ratio>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "env/file_system.h"

namespace strata::env {

enum class DiskCall {
  kRead,   // read_at()
  kWrite,  // write_at() and truncate()
  kSync,   // of files and of directories
  kNames,  // create(), rename(), link(), remove(), make_directory(), remove_directory()
};

struct DiskCallCost {
  using Picoseconds = std::chrono::duration<std::int64_t, std::pico>;

  std::chrono::nanoseconds fixed{0};
  // For each byte that is read or written; a sync pays for the bytes that it makes safe. 1000 ps a
  // byte is about a gigabyte a second.
  Picoseconds per_byte{0};
};

class SimulatedDiskCalls {
 public:
  void set_cost(DiskCall kind, DiskCallCost cost) { of(kind).cost = cost; }
  // Makes the `index`-th call of this kind from now fail (0: the next one). It replaces an earlier
  // fault of this kind that has not happened yet.
  void fail(DiskCall kind, std::uint64_t index) { of(kind).calls_until_fault = index; }
  void fail_nothing() {
    for (Kind& kind : kinds_) kind.calls_until_fault.reset();
  }
  bool fault_pending(DiskCall kind) const { return of(kind).calls_until_fault.has_value(); }

  // Counts a call and its cost. kIo if it is the one to fail.
  Result<void> begin(DiskCall kind, std::uint64_t bytes, std::string_view name, const Path& path);

  // The costs since the last call of take_busy_time().
  std::chrono::nanoseconds busy_time() const { return busy_; }
  std::chrono::nanoseconds take_busy_time() { return std::exchange(busy_, {}); }

 private:
  struct Kind {
    DiskCallCost cost;
    std::optional<std::uint64_t> calls_until_fault;
  };
  Kind& of(DiskCall kind) { return kinds_.at(static_cast<std::size_t>(kind)); }
  const Kind& of(DiskCall kind) const { return kinds_.at(static_cast<std::size_t>(kind)); }

  std::array<Kind, 4> kinds_;
  std::chrono::nanoseconds busy_{0};
};

}  // namespace strata::env
