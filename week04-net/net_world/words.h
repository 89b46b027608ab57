// The words of which plans are made: how a setting or a step is written, checked and drawn.
//
// Pure functions. Thread-safety: all may be called from many threads.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/subject.h"

namespace strata::world {

// "1" to the number `most`.
std::vector<std::string> up_to(std::uint64_t most);
// A setting that has one of these values; the first one is the simplest.
sim::Setting setting(std::string name, std::string meaning, std::vector<std::string> values);

// One word of a fault: what it must be, and how it is drawn.
struct Word {
  std::string usage;
  std::function<Result<void>(std::string_view, const sim::Plan&)> check;
  std::function<std::string(env::Random&, const sim::Plan&)> draw;
};

// One of these names.
Word one_of(std::string usage, std::string what, const std::vector<std::string>& names);
// A world draws from the first to the last of these; a script may say any up to a million.
Word number(std::string usage, std::uint64_t first, std::uint64_t last);
// The same, up to a thousand, and never 0.
Word factor(std::string usage, std::uint64_t first, std::uint64_t last);
Word time(std::uint64_t most_ms);
Word disk_call();

// What befalls somebody: "VERB WORD…".
sim::Verb fault(const std::string& verb, const std::vector<Word>& words, std::string meaning,
                double most_a_second, std::uint64_t one_world_in = 2);

}  // namespace strata::world
