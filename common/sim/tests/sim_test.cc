// Drawing, running and shrinking worlds of a subject that is small enough to be understood.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "counting_world.h"
#include "sim/runner.h"
#include "sim/shrink.h"
#include "sim/swarm.h"
#include "testing/results.h"

namespace strata::sim {
namespace {

using strata::testing::IsOk;
using ::testing::HasSubstr;

constexpr std::uint64_t kSeeds = 300;

// The first seed whose world breaks this invariant; 0: none.
std::uint64_t find(const Subject& subject, std::string_view invariant) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Outcome outcome = run(subject, draw_plan(subject, seed));
    if (outcome.breach && outcome.breach->invariant == invariant) return seed;
  }
  return 0;
}

Shrunk shrink_seed(const Subject& subject, std::uint64_t seed) {
  const Plan plan = draw_plan(subject, seed);
  return shrink(subject, plan, run(subject, plan), [] { return true; });
}

TEST(Sim, AWorldIsAFunctionOfItsPlan) {
  const Subject subject = counting({});
  std::set<std::uint64_t> fingerprints;
  Probes probes;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Plan plan = draw_plan(subject, seed);
    EXPECT_EQ(plan, draw_plan(subject, seed));
    EXPECT_THAT(complete(plan, subject), IsOk());
    EXPECT_EQ(parse_plan(text_of(plan)).value(), plan) << "it can be written and read";
    const Outcome one = run(subject, plan);
    const Outcome other = run(subject, plan);
    EXPECT_FALSE(one.breach.has_value()) << one.breach->what;
    EXPECT_EQ(one.fingerprint, other.fingerprint);
    EXPECT_EQ(one.events, other.events);
    EXPECT_EQ(one.end, other.end);
    fingerprints.insert(one.fingerprint);
    probes.add(one.probes);
  }
  EXPECT_GT(fingerprints.size(), kSeeds / 3);
  for (const auto& [kind, count] : probes.counts()) EXPECT_GT(count, 0u) << kind;
}

TEST(Sim, SomeWorldsHaveOnlySomeOfTheFaults) {
  const Subject subject = counting({});
  std::set<std::string> kinds;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    std::string kind;
    for (const std::string word : {"asks", "crash", "cut"}) {
      const Plan plan = draw_plan(subject, seed);
      const bool has = std::ranges::any_of(
          plan.steps, [&](const Step& step) { return step.words.back() == word; });
      kind += has ? '1' : '0';
    }
    kinds.insert(kind);
  }
  EXPECT_EQ(kinds.size(), 8u);
}

TEST(Sim, LeavingOutAFaultLeavesAllElse) {
  const Subject subject = counting({});
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Plan plan = draw_plan(subject, seed);
    std::erase_if(plan.steps, [](const Step& step) { return step.words.back() == "cut"; });
    EXPECT_EQ(plan, draw_plan(subject, seed, Faults({"crash"})));
  }
}

TEST(Sim, FindsABugAndMakesItSmall) {
  const Subject subject = counting({.forgets = true});
  const std::uint64_t seed = find(subject, "counted once");
  ASSERT_NE(seed, 0u);
  const Shrunk shrunk = shrink_seed(subject, seed);
  ASSERT_TRUE(shrunk.outcome.breach.has_value());
  EXPECT_EQ(shrunk.outcome.breach->invariant, "counted once");
  EXPECT_LE(shrunk.plan.steps.size(), 3u) << text_of(shrunk.plan);
  EXPECT_EQ(shrunk.plan.settings.at("clients"), "1");
  const Outcome again = run(subject, parse_plan(text_of(shrunk.plan)).value());
  EXPECT_EQ(again.breach->invariant, "counted once") << "the script tells it all";
  EXPECT_EQ(again.fingerprint, shrunk.outcome.fingerprint);
}

class Judged final : public Observer {
 public:
  void judged(const checker::History&, const checker::Judgement& judgement) override {
    verdicts.push_back(judgement.verdict);
  }

  std::vector<checker::Verdict> verdicts;
};

TEST(Sim, WhatItsClientsHaveSeenIsJudgedAtTheEndOfEveryWorld) {
  const Plan plan =
      complete(parse_plan("at 1ms c1 asks\nat 2ms cut\n").value(), counting({})).value();
  Judged judged;
  EXPECT_FALSE(run(counting({}), plan, judged).breach.has_value());
  const Outcome lied = run(counting({.lies = true}), plan, judged);
  ASSERT_TRUE(lied.breach.has_value());
  EXPECT_EQ(lied.breach->invariant, "linearizability");
  const Outcome stuck = run(counting({.never_heals = true, .lies = true}), plan, judged);
  ASSERT_TRUE(stuck.breach.has_value());
  EXPECT_EQ(stuck.breach->invariant, kLiveness) << "the first breach counts";
  EXPECT_THAT(judged.verdicts,
              ::testing::ElementsAre(checker::Verdict::kLinearizable, checker::Verdict::kNot,
                                     checker::Verdict::kNot));
}

TEST(Sim, AHealedWorldMustComeToItsEnd) {
  const Subject subject = counting({.never_heals = true});
  const std::uint64_t seed = find(subject, kLiveness);
  ASSERT_NE(seed, 0u);
  const Shrunk shrunk = shrink_seed(subject, seed);
  EXPECT_EQ(shrunk.outcome.breach->invariant, kLiveness);
  EXPECT_LE(shrunk.plan.steps.size(), 2u) << text_of(shrunk.plan);
}

TEST(Sim, ShrinkingStaysWithTheInvariantThatWasBroken) {
  const Subject subject = counting({.forgets = true, .never_heals = true});
  for (const std::string_view invariant : {std::string_view("counted once"), kLiveness}) {
    const std::uint64_t seed = find(subject, invariant);
    ASSERT_NE(seed, 0u);
    EXPECT_EQ(shrink_seed(subject, seed).outcome.breach->invariant, invariant);
  }
}

TEST(Sim, ShrinkingEndsWhenItIsTold) {
  const Subject subject = counting({.forgets = true});
  const Plan plan = draw_plan(subject, find(subject, "counted once"));
  int left = 3;
  const Shrunk shrunk = shrink(subject, plan, run(subject, plan), [&] { return left-- > 0; });
  EXPECT_EQ(shrunk.tries, 3u);
  EXPECT_EQ(run(subject, shrunk.plan).breach->invariant, "counted once");
}

TEST(Sim, RefusesAPlanThatItsSubjectDoesNotKnow) {
  const Subject subject = counting({});
  const auto refused = [&](std::string_view text) {
    const auto plan = complete(parse_plan(text).value(), subject);
    EXPECT_FALSE(plan.has_value()) << text;
    return plan ? "" : plan.error().message;
  };
  EXPECT_THAT(refused("clients 2\nat 1s c3 asks\n"), HasSubstr("there is no client c3"));
  EXPECT_THAT(refused("at 1s c2 asks\n"), HasSubstr("there is no client c2"));
  EXPECT_THAT(refused("at 1s dance\n"), HasSubstr("counting knows no such step"));
  EXPECT_THAT(refused("servers 2\n"), HasSubstr("counting has no setting servers"));
  EXPECT_THAT(refused("clients 0\n"), HasSubstr("clients cannot be 0"));
  EXPECT_EQ(complete({}, subject).value().settings.at("clients"), "1");
}

}  // namespace
}  // namespace strata::sim
