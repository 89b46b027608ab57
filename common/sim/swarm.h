// Draws the plan of a seed. Not every world has every fault: each seed draws which kinds of steps
// it uses at all, and how many of them. So some worlds are calm, some only lose messages, and
// faults that hide one another also come alone (Groce et al., "Swarm Testing", ISSTA 2012).
//
// Pure. Thread-safety: may be called from many threads.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "sim/subject.h"

namespace strata::sim {

// Which faults a plan may have: those of these names (name_of()). nullopt: all.
using Faults = std::optional<std::set<std::string, std::less<>>>;

// Ensures: complete() accepts the plan. Equal subjects and seeds give equal plans; and where some
// faults are not allowed, all other steps are the same.
Plan draw_plan(const Subject& subject, std::uint64_t seed, const Faults& faults = {});

}  // namespace strata::sim
