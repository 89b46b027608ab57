// Judges a part of any kind, by looking for an order of its operations (Wing and Gong, "Testing and
// Verifying Concurrent Objects", JPDC 1993, section 4; with the memory of Lowe, "Testing for
// linearizability", CCPE 2017, section 3).
//
// It takes effect after effect: any operation may be next that was called before the first answer
// that is still to come, and that fits what the keys have. If none fits, it goes back one step. It
// remembers the sets of operations that it has tried together with the values that they led to, so
// that nothing is tried twice.
//
// What is not known to have been done is tried last; if it touches one key only, only where an
// operation that may come next can notice it. And no value is overwritten that somebody must still
// see, if nobody writes it again. That loses no order, and spares most of the work.
//
// It may take exponential time, so it has a budget.
//
// Pure. Thread-safety: may be called from many threads.
#pragma once

#include <cstdint>

#include "checker/part.h"

namespace strata::checker {

enum class Verdict { kLinearizable, kNot, kInconclusive };

// `budget`: so many states are visited; then the verdict is kInconclusive.
Verdict judge_by_search(const Part& part, std::uint64_t budget);

}  // namespace strata::checker
