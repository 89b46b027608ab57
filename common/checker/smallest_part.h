// Explains why a part is not linearizable, by the fewest operations that show it.
//
// Pure. Thread-safety: may be called from many threads.
#pragma once

#include <cstdint>

#include "checker/part.h"

namespace strata::checker {

// Leaves out operations as long as the rest cannot be put in order either. With a write go all who
// may have seen it, so what is left is wrong whatever was left out.
// Requires: the part is not linearizable. `budget`: states that each try may visit.
Part smallest_part(Part part, std::uint64_t budget);

}  // namespace strata::checker
