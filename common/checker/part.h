// A part of a history whose keys no operation outside of it touches: it can be judged on its own
// (Horn and Kroening, "Faster Linearizability Checking via P-Compositionality", FORTE 2015). Keys
// and values are numbers here, so that the checkers compare no text.
//
// Thread-safety: plain data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "checker/history.h"

namespace strata::checker {

// The number of "no such key", which every key has at first.
inline constexpr std::uint32_t kAbsent = 0;

struct PartAccess {
  std::uint32_t key;    // below Part::keys
  std::uint32_t value;  // equal for equal values of the part

  friend bool operator==(const PartAccess&, const PartAccess&) = default;
};

struct PartOperation {
  std::size_t index;  // in the history
  Time called;
  Time returned;
  std::vector<PartAccess> seen;
  std::vector<PartAccess> refuted;
  std::vector<PartAccess> written;

  bool is_known() const { return returned != kNever; }
};

struct Part {
  std::uint32_t keys = 0;
  std::vector<PartOperation> operations = {};  // in the order of the history
};

// Keys that one operation touches together are in one part.
std::vector<Part> parts_of(const History& history);

}  // namespace strata::checker
