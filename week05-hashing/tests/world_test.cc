// Clusters in simulated worlds. More seeds: ./strata sim 5 --seeds 1..10000
#include <gtest/gtest.h>

#include "shard_world/subject.h"
#include "sim/runner.h"
#include "sim/swarm.h"
#include "testing/sanitizers.h"

namespace strata::world {
namespace {

constexpr std::uint64_t kSeeds = testing::kSanitized ? 10 : 60;

TEST(ClusterWorld, IsLinearizableInEverySeed) {
  const sim::Subject subject = sharded_cluster();
  sim::Probes probes;
  for (std::uint64_t seed = 1; seed <= kSeeds && !HasFailure(); ++seed) {
    const sim::Outcome outcome = sim::run(subject, sim::draw_plan(subject, seed));
    EXPECT_FALSE(outcome.breach.has_value())
        << outcome.breach->invariant << ": " << outcome.breach->what
        << "\nagain: ./strata sim 5 --seed " << seed;
    probes.add(outcome.probes);
  }
  for (const char* kind : {"joined", "left", "keys moved"})
    EXPECT_GT(probes.counts().at(kind), 0u) << kind;
}

TEST(ClusterWorld, TwoRunsOfOneSeedAreTheSame) {
  const sim::Subject subject = sharded_cluster();
  for (std::uint64_t seed = 1; seed <= kSeeds / 10; ++seed) {
    const sim::Plan plan = sim::draw_plan(subject, seed);
    EXPECT_EQ(sim::run(subject, plan).fingerprint, sim::run(subject, plan).fingerprint) << seed;
  }
}

// Moves ended while their targets waited for an answer. That took a place in the connection each
// time, until it had none left, and the target never heard of the next map.
TEST(ClusterWorld, AMoveThatEndsAnswersItsTarget) {
  const sim::Subject subject = sharded_cluster();
  const auto plan = sim::complete(sim::parse_plan("seed 17725163\n"
                                                  "clients 1\n"
                                                  "patience long\n"
                                                  "servers 2\n"
                                                  "values large\n"
                                                  "window 4000\n"
                                                  "at 5s weight n2 2\n"
                                                  "at 7400ms weight n1 3\n"
                                                  "at 7400ms slow n1 9\n"
                                                  "at 8s weight n1 2\n"
                                                  "at 8891810us weight n1 1\n")
                                      .value(),
                                  subject);
  const sim::Outcome outcome = sim::run(subject, plan.value());
  EXPECT_FALSE(outcome.breach.has_value()) << outcome.breach->what;
}

}  // namespace
}  // namespace strata::world
