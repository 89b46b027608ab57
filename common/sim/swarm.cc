#include "sim/swarm.h"

#include <algorithm>
#include <utility>

namespace strata::sim {
namespace {

constexpr std::uint64_t kOfSettings = 1;
constexpr std::uint64_t kOfVerbs = 1000;  // and one for each verb

Moment some_moment(env::Random& random, Moment length) {
  constexpr Moment kGrain = std::chrono::microseconds(10);  // so that people can read it
  return kGrain *
         static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(length / kGrain)));
}

}  // namespace

// Each setting and each verb draws from a stream of its own.
Plan draw_plan(const Subject& subject, std::uint64_t seed, const Faults& faults) {
  Plan plan{.seed = seed};
  const env::Random root(seed);
  env::Random settings = root.split(kOfSettings);
  for (const Setting& setting : subject.settings)
    plan.settings[setting.name] = setting.draw(settings);
  for (std::size_t i = 0; i < subject.verbs.size(); ++i) {
    const Verb& verb = subject.verbs[i];
    env::Random random = root.split(kOfVerbs + i);
    if (!random.one_in(verb.one_world_in)) continue;  // this world has none of these
    if (verb.is_fault && faults && !faults->contains(name_of(verb))) continue;
    const double seconds = std::chrono::duration<double>(subject.length).count();
    const double rate = verb.most_a_second * random.fraction();
    for (auto left = static_cast<std::uint64_t>(rate * seconds) + 1; left > 0; --left) {
      const Moment at = some_moment(random, subject.length);
      plan.steps.push_back({at, verb.draw(random, plan)});
    }
  }
  std::ranges::stable_sort(plan.steps, {}, &Step::at);
  return plan;
}

}  // namespace strata::sim
