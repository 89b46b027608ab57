#include "checker/smallest_part.h"

#include <algorithm>
#include <utility>

#include "checker/search.h"
#include "checker/zones.h"

namespace strata::checker {
namespace {

bool is_wrong(const Part& part, std::uint64_t budget) {
  if (const auto judged = judge_by_zones(part)) return !judged->linearizable;
  return judge_by_search(part, budget).verdict == Verdict::kNot;
}

// Whether `other` may have been told something else without `write`, which was called then. A
// deletion that was called later is not the one that it saw.
bool depends(const PartOperation& other, const PartAccess& write, Time called) {
  if (write.value == kAbsent && other.returned < called) return false;
  const auto refers = [&](const PartAccess& access) { return access.key == write.key; };
  return std::ranges::find(other.seen, write) != other.seen.end() ||
         std::ranges::any_of(other.refuted, refers);
}

// The part without some operations, and without all that depend on them.
Part without(const Part& part, std::vector<bool> leave_out) {
  std::vector<std::size_t> gone;
  for (std::size_t place = 0; place < leave_out.size(); ++place)
    if (leave_out[place]) gone.push_back(place);
  while (!gone.empty()) {
    const std::size_t place = gone.back();
    gone.pop_back();
    for (const PartAccess& write : part.operations[place].written)
      for (std::size_t other = 0; other < leave_out.size(); ++other)
        if (!leave_out[other] &&
            depends(part.operations[other], write, part.operations[place].called)) {
          leave_out[other] = true;
          gone.push_back(other);
        }
  }
  Part rest{.keys = part.keys};
  for (std::size_t place = 0; place < leave_out.size(); ++place)
    if (!leave_out[place]) rest.operations.push_back(part.operations[place]);
  return rest;
}

// Tries to leave out `piece` operations at a time. Returns whether it could.
bool leave_out_pieces(Part& part, std::size_t piece, std::uint64_t budget) {
  bool smaller = false;
  for (std::size_t first = 0; first < part.operations.size();) {
    std::vector<bool> leave_out(part.operations.size());
    const std::size_t end = std::min(first + piece, part.operations.size());
    for (std::size_t place = first; place < end; ++place) leave_out[place] = true;
    Part rest = without(part, std::move(leave_out));
    if (is_wrong(rest, budget)) {
      part = std::move(rest);
      smaller = true;
    } else {
      first = end;
    }
  }
  return smaller;
}

}  // namespace

// Delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input",
// TSE 2002): first large pieces, then smaller ones.
Part smallest_part(Part part, std::uint64_t budget) {
  for (std::size_t piece = part.operations.size() / 2; piece > 1; piece /= 2)
    leave_out_pieces(part, piece, budget);
  while (leave_out_pieces(part, 1, budget)) {
  }
  return part;
}

}  // namespace strata::checker
