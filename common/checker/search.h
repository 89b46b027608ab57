// Judges a part of any kind, by looking for an order of its operations (Wing and Gong, "Testing and
// Verifying Concurrent Objects", JPDC 1993, section 4; with the memory of Lowe, "Testing for
// linearizability", CCPE 2017, section 3).
//
// It takes effect after effect: any operation may be next that was called before the first answer
// that is still to come, and that fits what the keys have. If none fits, it goes back one step. It
// remembers the sets of operations that it has tried together with the values that they led to, so
// that nothing is tried twice.
//
// Most orders are as good as others, and are left out:
// - Before the operation whose answer comes first, only those take effect to whose order with it
//   matters, or with another one of these.
// - What is not known to have been done is tried last, and only where it makes a difference to the
//   next operation. A state is not tried if one was in which less of that kind had been done, and
//   all else was equal.
// - No value is overwritten that somebody must still see, if nobody writes it again.
//
// It may take exponential time, so it has a budget.
//
// Pure. Thread-safety: may be called from many threads.
#pragma once

#include <cstdint>

#include "checker/part.h"

namespace strata::checker {

enum class Verdict { kLinearizable, kNot, kInconclusive };

struct Searched {
  Verdict verdict;
  std::uint64_t states;  // that were visited
};

// `budget`: so many states are visited, or other work of that size is done; then the verdict is
// kInconclusive.
Searched judge_by_search(const Part& part, std::uint64_t budget);

}  // namespace strata::checker
