// How long a lookup takes, and how much memory it needs.
//
// Thread-safety: a pure function of the settings and the clock.
#pragma once

#include "env/clock.h"
#include "ring_sim/settings.h"
#include "ring_sim/table.h"

namespace strata::hashing {

// --table lookup. The times are measured with `clock`, so they differ from run to run; the sizes do
// not. Each lookup waits for the one before, so that the processor cannot run several at once.
Table lookup_table(const Settings& settings, const env::Clock& clock);

}  // namespace strata::hashing
