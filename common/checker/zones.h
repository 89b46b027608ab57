// Judges a part with one key in n log n steps, if no value was written twice (Gibbons and Korach,
// "Testing Shared Memories", SIAM Journal on Computing 1997, section 4).
//
// A value was in the register during one stretch of time: from its write to the next one. Take all
// operations that wrote or saw it. If one of them had ended before another one of them was called,
// the value was certainly there in between: that is its zone. Otherwise they all have a stretch of
// time in common, and the value may have been there at any moment of it.
//
//   PUT x 1     |---|
//   GET x: 1            |--|        the zone of 1:      [-----]      between the two
//   PUT x 2       |-----------|     the zone of 2:  anywhere in its operation
//
// Two zones that cut into one another are a contradiction: each value would have been there before
// the other. If there is no such pair, the operations can be put in order.
//
// A read that saw no key may have seen any deletion. It is taken for the last one that had begun.
// If that leads to a contradiction, another choice may not; then this method does not know.
//
// Pure. Thread-safety: may be called from many threads.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checker/part.h"

namespace strata::checker {

struct ZonesJudgement {
  bool linearizable;
  std::vector<std::size_t> culprits = {};  // places in Part::operations; if it is not
  std::string why = {};
};

// nullopt: this method does not know, or the part has several keys, conditions, or a value that was
// written twice.
std::optional<ZonesJudgement> judge_by_zones(const Part& part);

}  // namespace strata::checker
