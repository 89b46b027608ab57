// What happens in a simulated world: decided before it begins, in a form that people can read,
// write and make smaller. A seed draws a plan (swarm.h); a found bug is kept as one.
//
//   # A server dies between the log and the answer.
//   seed 17
//   clients 2
//   at 120ms c1 put k1
//   at 121ms power n1 80ms
//   at 300ms c2 get k1
//
// A line is a setting, or a step: a time since the start of the world, and words. Settings come
// first. Which settings and steps there are is the subject's (subject.h). What the plan does not
// say, such as the delay of a message, comes from the seed. A world takes it from streams that are
// independent of one another, so that a plan without one of its steps does much the same otherwise.
//
// Thread-safety: plain data.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace strata::sim {

using Moment = std::chrono::nanoseconds;  // since the start of a world
using Words = std::vector<std::string>;

struct Step {
  Moment at;
  Words words;

  friend bool operator==(const Step&, const Step&) = default;
};

struct Plan {
  std::uint64_t seed = 0;
  std::map<std::string, std::string, std::less<>> settings = {};
  std::vector<Step> steps = {};  // in the order of their times

  friend bool operator==(const Plan&, const Plan&) = default;
};

// kInvalidArgument names the line: a step whose time goes back, a setting behind a step or given
// twice, a seed that is no number, a time without a unit.
Result<Plan> parse_plan(std::string_view text);
std::string text_of(const Plan& plan);

// Digits, and nothing else. nullopt: it is none, or too large.
std::optional<std::uint64_t> parse_number(std::string_view text);

// "1500ms", "30us", "2s": a whole number and a unit of s, ms, us or ns. nullopt: it is none of
// these, or negative.
std::optional<Moment> parse_moment(std::string_view text);
// The shortest such text.
std::string text_of(Moment moment);

}  // namespace strata::sim
