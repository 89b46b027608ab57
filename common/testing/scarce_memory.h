// Lets memory run out at a chosen moment: one allocation of this process fails.
//
//   for (std::uint64_t at = 0;; ++at) {
//     const ScarceMemory scarce(at);
//     ...  // what must survive it
//     if (!scarce.ran_out()) break;  // there were no more allocations
//   }
//
// Only the program that has scarce_memory.cc among its sources can use it, since that file replaces
// `operator new`. Thread-safety: one object at a time; allocations may be made by many threads.
#pragma once

#include <cstddef>
#include <cstdint>

namespace strata::testing {

class ScarceMemory {
 public:
  // Allocation number `at` from now on throws std::bad_alloc, counted from 0. Later ones succeed.
  // Counts only those of `size` bytes or more.
  explicit ScarceMemory(std::uint64_t at, std::size_t size = 0);
  ~ScarceMemory() { stop(); }
  ScarceMemory(const ScarceMemory&) = delete;
  ScarceMemory& operator=(const ScarceMemory&) = delete;

  // Allocations of this thread do not fail, and are not counted, as long as this object lives.
  class Spared {
   public:
    Spared();
    ~Spared();
    Spared(const Spared&) = delete;
    Spared& operator=(const Spared&) = delete;

   private:
    const bool before_;
  };

  // From now on no allocation fails.
  void stop();
  bool ran_out() const;
};

}  // namespace strata::testing
