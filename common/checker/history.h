// What clients asked of a store, and what they were told: the input of the checker.
//
// A history says nothing about what went on inside. Each operation has a time at which it was
// called, and one at which its answer was there. Somewhere in between it took effect, at one
// moment, if the store is linearizable (Herlihy and Wing, "Linearizability: A Correctness Condition
// for Concurrent Objects", TOPLAS 1990).
//
//   client a   |--- PUT x 1 ---|          |-- GET x: 1 --|
//   client b           |--------- PUT x 2, no answer ... ----------------------------
//
// Thread-safety: plain data.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace strata::checker {

// On one clock for all clients. Only the order counts. Two times that are equal have no order.
using Time = std::int64_t;
inline constexpr Time kNever = std::numeric_limits<Time>::max();

// nullopt: there is no such key. So a deletion writes nullopt.
using Value = std::optional<std::string>;

struct Access {
  std::string key;
  Value value;

  friend bool operator==(const Access&, const Access&) = default;
};

// A read has only `seen`, a write only `written`. A write that was done under conditions has both.
// One that was refused, because a condition did not hold, has only `refuted`.
//
// Reads without an answer, and writes that were certainly not done, are left out of a history.
struct Operation {
  std::string client = {};  // its name; after an unknown outcome a client takes another one
  Time called = 0;
  // kNever: nobody knows whether it was done. It may have taken effect at any time after it was
  // called, or never.
  Time returned = kNever;
  std::vector<Access> seen = {};     // at that moment all of these held
  std::vector<Access> refuted = {};  // at that moment at least one of these did not hold
  std::vector<Access> written = {};  // each key once

  bool is_known() const { return returned != kNever; }
};

using History = std::vector<Operation>;

// kInvalidArgument for a history that nobody can have recorded: an answer before its call, an
// operation that does nothing, a key that is written twice by one operation, a read without an
// answer, or a refused write that writes.
Result<void> check_form(const History& history);

// What was known at that time: of a write that had no answer yet the outcome is unknown, and a read
// that had none is left out.
History known_at(const History& history, Time time);

// "client 3 PUT x v7, from 120 to 340"
std::string text_of(const Operation& operation);

}  // namespace strata::checker
