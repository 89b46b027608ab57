// This week in simulated worlds: what clients have seen is linearizable, whatever breaks. More
// seeds: ./strata sim 4 --seeds 1..10000
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <utility>

#include "net_world/subject.h"
#include "sim/runner.h"
#include "sim/swarm.h"
#include "testing/sanitizers.h"

namespace strata::world {
namespace {

constexpr std::uint64_t kSeeds = testing::kSanitized ? 20 : 100;

TEST(World, IsLinearizableInEverySeed) {
  const sim::Subject subject = served_store();
  sim::Probes probes;
  for (std::uint64_t seed = 1; seed <= kSeeds && !HasFailure(); ++seed) {
    const sim::Outcome outcome = sim::run(subject, sim::draw_plan(subject, seed));
    EXPECT_FALSE(outcome.breach.has_value())
        << outcome.breach->invariant << ": " << outcome.breach->what
        << "\nagain: ./strata sim 4 --seed " << seed;
    probes.add(outcome.probes);
  }
  if (testing::kSanitized) return;  // too few worlds for what is rare
  for (const auto& [kind, count] : probes.counts()) EXPECT_GT(count, 0u) << kind;
}

TEST(World, TwoRunsOfOneSeedAreTheSame) {
  const sim::Subject subject = served_store();
  for (std::uint64_t seed = 1; seed <= kSeeds / 10; ++seed) {
    const sim::Plan plan = sim::draw_plan(subject, seed);
    const sim::Outcome one = sim::run(subject, plan);
    const sim::Outcome other = sim::run(subject, plan);
    EXPECT_EQ(one.fingerprint, other.fingerprint) << seed;
    EXPECT_EQ(one.events, other.events) << seed;
    EXPECT_NE(one.fingerprint, sim::run(subject, sim::draw_plan(subject, seed + 1)).fingerprint);
  }
}

class Judged final : public sim::Observer {
 public:
  void judged(const checker::History& seen, const checker::Judgement&) override { history = seen; }

  checker::History history;
};

struct Story {
  sim::Outcome outcome;
  checker::History history;
};
Story story_of(std::string_view script) {
  Judged judged;
  const sim::Subject subject = served_store();
  const auto plan = sim::complete(sim::parse_plan(script).value(), subject);
  sim::Outcome outcome = sim::run(subject, plan.value(), judged);
  return {std::move(outcome), std::move(judged.history)};
}

// A story: a write whose answer is lost with the server is sent again, and done once.
TEST(World, RunsAScript) {
  const Story story = story_of(
      "seed 5\n"
      "clients 2\n"
      "at 100ms c1 put k1\n"
      "at 101ms power n1 3 50ms\n"
      "at 400ms c2 get k1\n");
  EXPECT_FALSE(story.outcome.breach.has_value()) << story.outcome.breach->what;
  EXPECT_EQ(story.outcome.probes.counts().at("power cut"), 1u);
  EXPECT_EQ(story.outcome.probes.counts().at("done before"), 1u);
  ASSERT_GE(story.history.size(), 2u);
  EXPECT_EQ(story.history[1].seen.front().value, "c1@100ms");
}

// Nothing is in anybody's way: then only clients without patience may be told that it did not work.
TEST(World, WithoutFaultsEverythingSucceeds) {
  const sim::Subject subject = served_store();
  for (std::uint64_t seed = 1; seed <= kSeeds / 4 && !HasFailure(); ++seed) {
    const auto outcome = sim::run(subject, sim::draw_plan(subject, seed, sim::Faults({})));
    EXPECT_FALSE(outcome.breach.has_value())
        << outcome.breach->what << "\nagain: ./strata sim 4 --faults none --seed " << seed;
  }
}

TEST(World, JudgesWhatWasSeenBeforeANodeStartsAgainOnADamagedDisk) {
  const Story story = story_of(
      "at 100ms c1 put k1\n"
      "at 200ms flip n1\n"
      "at 300ms c1 get k1\n"
      "at 400ms kill n1 1ms\n"
      "at 500ms c1 get k1\n");
  EXPECT_EQ(story.outcome.probes.counts().at("bit flipped"), 1u);
  ASSERT_EQ(story.history.size(), 2u);
  EXPECT_EQ(story.history.back().seen.front().value, "c1@100ms");
  const Story down = story_of(
      "at 100ms c1 put k1\n"
      "at 200ms kill n1 200ms\n"
      "at 300ms flip n1\n"
      "at 600ms c1 get k1\n");
  EXPECT_EQ(down.outcome.probes.counts().at("bit flipped"), 1u);
  EXPECT_EQ(down.history.size(), 1u) << "it starts on the damaged disk";
}

TEST(World, RefusesWhatItDoesNotKnow) {
  const sim::Subject subject = served_store();
  for (const char* text :
       {"at 1s power n2 1 50ms\n", "at 1s c1 dance k1\n", "clients 10\n", "drive fast\n",
        "at 1s c1 batch k1 k1\n", "at 1s c1 put\n", "clients 2\nat 1s c3 put k1\n",
        "at 1s kill n1 soon\n", "at 1s cut c2\n", "at 1s slow n1 many\n", "at 1s cut\n"}) {
    const auto plan = sim::complete(sim::parse_plan(text).value(), subject);
    ASSERT_FALSE(plan.has_value()) << text;
    EXPECT_EQ(plan.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace strata::world
