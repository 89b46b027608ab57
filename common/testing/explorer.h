// Tries everything that can happen to a small world, in every order: each message that arrives,
// gets lost or comes twice, each crash at each moment. For pure state machines, whose worlds can be
// copied.
//
// It goes breadth first and remembers where it has been. So the way that it reports is a shortest
// one, and a world with few states is tried completely.
//
// Thread-safety: none; a call uses the calling thread only.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace strata::testing {

template <class World>
struct Exploration {
  // Something that can happen: a name for people, and the world afterwards.
  struct Next {
    std::string name;
    World world;
  };
  std::function<std::vector<Next>(const World&)> can_happen;
  // What is wrong; nullopt: nothing. It may throw, too: then the exception's text is what is wrong.
  std::function<std::optional<std::string>(const World&)> is_wrong;
  // Two worlds with the same text have the same future.
  std::function<std::string(const World&)> text_of;
  std::size_t most_worlds = 10'000'000;
};

struct Explored {
  std::size_t worlds = 0;
  bool complete = false;             // all worlds were tried
  std::optional<std::string> wrong;  // in the last world of the way
  std::vector<std::string> way;      // what happened
};

template <class World>
Explored explore(const World& first, const Exploration<World>& by) {
  struct Step {
    const std::string* from;  // nullptr: the first world
    std::string name;
  };
  std::unordered_map<std::string, Step> steps;  // by the text of the world that it led to
  std::deque<std::pair<World, const std::string*>> line;
  Explored result;
  const auto way_to = [](const std::unordered_map<std::string, Step>& known,
                         const std::string* at) {
    std::vector<std::string> way;
    for (; known.at(*at).from; at = known.at(*at).from) way.insert(way.begin(), known.at(*at).name);
    return way;
  };
  // Returns whether all is well.
  const auto visit = [&](World world, const std::string* from, std::string name) {
    const auto [at, is_new] = steps.try_emplace(by.text_of(world), Step{from, std::move(name)});
    if (!is_new) return true;
    ++result.worlds;
    result.wrong = by.is_wrong(world);
    if (result.wrong) {
      result.way = way_to(steps, &at->first);
      return false;
    }
    line.emplace_back(std::move(world), &at->first);
    return true;
  };
  if (!visit(first, nullptr, {})) return result;
  while (!line.empty()) {
    const auto [world, at] = std::move(line.front());
    line.pop_front();
    for (auto& next : by.can_happen(world))
      if (!visit(std::move(next.world), at, std::move(next.name))) return result;
    if (result.worlds > by.most_worlds) return result;
  }
  result.complete = true;
  return result;
}

}  // namespace strata::testing
