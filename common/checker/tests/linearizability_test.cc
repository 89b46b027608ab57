#include "checker/linearizability.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checker/part.h"
#include "checker/zones.h"
#include "histories.h"

namespace strata::checker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

bool is_linearizable(const History& history) {
  const Judgement judgement = judge(history);
  EXPECT_NE(judgement.verdict, Verdict::kInconclusive);
  return judgement.verdict == Verdict::kLinearizable;
}

std::string text_of(const History& history) {
  std::string text;
  for (const Operation& operation : history) text += text_of(operation) + "\n";
  return text;
}

// ---- What a learner should be able to follow

TEST(Linearizability, AReadMaySeeAWriteThatIsUnderWayOrNot) {
  EXPECT_TRUE(is_linearizable({put("x", "1", {10, 40}), get("x", "1", {20, 30})}));
  EXPECT_TRUE(is_linearizable({put("x", "1", {10, 40}), get("x", std::nullopt, {20, 30})}));
}

TEST(Linearizability, WhatHasNoAnswerMayHappenLateOrNever) {
  EXPECT_TRUE(is_linearizable({put("x", "1", {10}), get("x", std::nullopt, {20, 30})}));
  EXPECT_TRUE(is_linearizable({put("x", "1", {10}), get("x", std::nullopt, {20, 30}),
                               get("x", "1", {40, 50}), get("x", "1", {60, 70})}));
  EXPECT_FALSE(is_linearizable(
      {put("x", "1", {10}), get("x", "1", {20, 30}), get("x", std::nullopt, {40, 50})}));
}

TEST(Linearizability, DeletionsReadAsNothing) {
  EXPECT_TRUE(is_linearizable({put("x", "1", {1, 2}), remove("x", {3, 4}),
                               get("x", std::nullopt, {5, 6}), put("x", "2", {7, 8}),
                               remove("x", {9, 12}), get("x", std::nullopt, {10, 11})}));
  // The read sees the first deletion, though the second one has begun: a guess that must be mended.
  EXPECT_TRUE(
      is_linearizable({put("x", "1", {1, 2}), remove("x", {3, 4}), get("x", std::nullopt, {5, 20}),
                       put("x", "2", {15, 16}), remove("x", {18, 40}), get("x", "2", {25, 26})}));
}

// ---- Planted anomalies, and what explains them

TEST(Linearizability, AStaleReadIsFound) {
  const Judgement judgement =
      judge({put("x", "1", {1, 2}), put("y", "9", {1, 9}), put("x", "2", {3, 4}),
             get("x", "2", {5, 6}), get("x", "1", {7, 8})});
  EXPECT_EQ(judgement.verdict, Verdict::kNot);
  EXPECT_THAT(judgement.culprits, ElementsAre(0, 2, 4)) << judgement.why;
  EXPECT_THAT(judgement.why, HasSubstr("two values were each there before the other one"));
  EXPECT_THAT(judgement.why, HasSubstr("GET x: 1, from 7 to 8"));
}

TEST(Linearizability, ALostUpdateIsFound) {
  const Judgement judgement = judge({put("x", "0", {1, 2}), cas("x", "0", "1", {3, 9, 1}),
                                     cas("x", "0", "2", {4, 8, 2}), get("x", "2", {10, 11})});
  EXPECT_EQ(judgement.verdict, Verdict::kNot);
  EXPECT_THAT(judgement.culprits, ElementsAre(0, 1, 2)) << judgement.why;
}

TEST(Linearizability, AResurrectedDeletionIsFound) {
  const Judgement judgement = judge({put("x", "1", {1, 2}), remove("x", {3, 4}),
                                     get("x", std::nullopt, {5, 6}), get("x", "1", {7, 8})});
  EXPECT_EQ(judgement.verdict, Verdict::kNot);
  EXPECT_THAT(judgement.culprits, ElementsAre(0, 1, 3)) << judgement.why;
}

TEST(Linearizability, ADeletionThatNobodyCalledIsFound) {
  const Judgement judgement =
      judge({remove("x", {1, 2}), put("x", "1", {3, 4}), get("x", std::nullopt, {5, 6}),
             remove("x", {7, 8}), remove("x", {9, 10}), remove("x", {11})});
  EXPECT_EQ(judgement.verdict, Verdict::kNot);
  EXPECT_THAT(judgement.culprits, ElementsAre(0, 1, 2)) << judgement.why;
}

TEST(Linearizability, AWriteThatTookEffectTwiceIsFound) {
  const Judgement judgement = judge(
      {put("x", "1", {1}), put("x", "2", {3, 4}), get("x", "1", {1, 2}), get("x", "1", {5, 6})});
  EXPECT_EQ(judgement.verdict, Verdict::kNot);
  EXPECT_THAT(judgement.culprits, ElementsAre(0, 2, 1, 3)) << judgement.why;
}

TEST(Linearizability, ABatchThatWasSeenInPartIsFound) {
  Operation batch = put("x", "1", {1, 2});
  batch.written.push_back({"y", "1"});
  Operation both = get("x", "1", {3, 4});
  both.seen.push_back({"y", std::nullopt});
  const Judgement judgement = judge({batch, both, get("x", "1", {5, 6})});
  EXPECT_EQ(judgement.verdict, Verdict::kNot);
  EXPECT_THAT(judgement.culprits, ElementsAre(0, 1)) << judgement.why;
  EXPECT_EQ(judgement.by_search, 1u);
}

TEST(Linearizability, AValueThatNobodyWroteIsFound) {
  const Judgement judgement = judge({put("x", "1", {1, 2}), get("x", "7", {3, 4})});
  EXPECT_THAT(judgement.culprits, ElementsAre(1));
  EXPECT_THAT(judgement.why, HasSubstr("nobody wrote"));
  EXPECT_THAT(judge({get("x", "1", {1, 2}), put("x", "1", {3, 4})}).culprits, ElementsAre(0, 1));
}

TEST(Linearizability, ASearchEndsWithItsBudget) {
  History history;
  for (int i = 0; i < 12; ++i) {  // written twice, so that the zones do not know
    history.push_back(put("x", "a", {1, 100}));
    history.push_back(put("x", std::to_string(i), {1, 100}));
    history.push_back(get("x", std::to_string(i), {1, 100}));
  }
  EXPECT_EQ(judge(history, {.states = 20}).verdict, Verdict::kInconclusive);
  const Judgement judgement = judge(history, {.states = 1000});
  EXPECT_EQ(judgement.verdict, Verdict::kLinearizable);
  EXPECT_GT(judgement.most_states, 20u);
}

// Its condition is on another key, or a part of it is overwritten: so it must take effect before
// somebody has noticed it.
TEST(Linearizability, AWriteOfUnknownOutcomeMayNeedToBeEarly) {
  const Operation batch{"0", 0, kNever, {}, {}, {{"x", "1"}, {"y", "1"}}};
  EXPECT_TRUE(is_linearizable({batch, put("y", "2", {1, 2}), get("y", "2", {3, 4}),
                               get("x", "1", {5, 6}), get("y", "2", {7, 8})}));
  const Operation write{"0", 0, kNever, {{"y", std::nullopt}}, {}, {{"x", "1"}}};
  EXPECT_TRUE(is_linearizable({write, put("y", "b", {1, 2}), get("x", "1", {3, 4})}));
  EXPECT_FALSE(is_linearizable({put("y", "b", {1, 2}),
                                {"0", 3, kNever, {{"y", std::nullopt}}, {}, {{"x", "1"}}},
                                get("x", "1", {4, 5})}));
  // Only another one of unknown outcome notices it.
  EXPECT_TRUE(is_linearizable(
      {write, put("y", "b", {1, 2}), cas("x", "1", "2", {3}), get("x", "2", {4, 5})}));
}

// What the search leaves out must not be missed: in each of these, one rule of it is at its limit.
TEST(Linearizability, NoOrderIsLeftOutThatIsNeeded) {
  const auto unknown = [](Time called, std::vector<Access> written) {
    return Operation{.client = "2", .called = called, .written = std::move(written)};
  };
  const Operation conditional{"1", 0, 62, {{"a", "0"}, {"c", "1"}}, {}, {{"a", "0"}}};
  EXPECT_TRUE(is_linearizable(
      {conditional, unknown(8, {{"a", "1"}, {"c", "1"}}), unknown(0, {{"a", "0"}})}))
      << "one of the two is enough for the first key only";
  EXPECT_TRUE(is_linearizable({unknown(0, {{"x", "1"}, {"y", "1"}}), put("y", "2", {1, 2}),
                               refused("x", std::nullopt, {3, 4}), get("y", "2", {5, 6})}))
      << "only a refusal notices it";
  EXPECT_TRUE(
      is_linearizable({remove("a", {39, 41}), unknown(0, {{"a", "1"}}),
                       refused("a", std::nullopt, {8, 42}), get("a", std::nullopt, {45, 54})}))
      << "the refusal must come before the deletion";
}

// Each of them may be done at any time, or never: the more there are, the more could be tried.
TEST(Linearizability, HundredsOfUnknownOutcomeAreDecided) {
  env::Random random(4);
  for (int i = 0; i < 20; ++i) {
    const RandomHistory kind{
        .operations = 800, .keys = 20, .conditions = true, .batches = true, .unknown = 2};
    const Judgement judgement = judge(kind.make(random));
    EXPECT_EQ(judgement.verdict, Verdict::kLinearizable) << judgement.why;
    EXPECT_LT(judgement.most_states, 100'000u);
  }
}

// ---- Against brute force

bool is_found_by_search(const History& history) {
  return std::ranges::all_of(parts_of(history), [](const Part& part) {
    return judge_by_search(part, 1'000'000).verdict == Verdict::kLinearizable;
  });
}

// Every history of so many operations on one key: calls in every order with answers, each put and
// deletion with an answer and without, each read of every value.
class EveryHistory {
 public:
  template <class Do>
  void for_each(std::size_t operations, Do action) {
    operations_ = operations;
    extend([&] { action(history_); });
  }

 private:
  template <class Do>
  void extend(Do action) {
    if (history_.size() == operations_ && open_.empty()) return action();
    ++now_;
    if (history_.size() < operations_) call(action);
    for (std::size_t i = 0; i < open_.size(); ++i) {
      const std::size_t returns = open_[i];
      open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(i));
      history_[returns].returned = now_;
      extend(action);
      history_[returns].returned = kNever;
      open_.insert(open_.begin() + static_cast<std::ptrdiff_t>(i), returns);
    }
    --now_;
  }
  template <class Do>
  void call(Do action) {
    // A value is named by the place of its write, which may come later.
    for (std::size_t value = 0; value <= operations_; ++value)
      if (value != history_.size() + 1)
        add(get("x", value == 0 ? Value() : Value(std::to_string(value)), {now_}), true, action);
    for (const bool has_answer : {true, false}) {
      add(remove("x", {now_}), has_answer, action);
      add(put("x", std::to_string(history_.size() + 1), {now_}), has_answer, action);
    }
  }
  template <class Do>
  void add(Operation operation, bool has_answer, Do action) {
    const std::size_t place = history_.size();
    history_.push_back(std::move(operation));
    if (has_answer) open_.push_back(place);
    extend(action);
    if (has_answer) std::erase(open_, place);
    history_.pop_back();
  }

  std::size_t operations_ = 0;
  Time now_ = 0;
  History history_;
  std::vector<std::size_t> open_;
};

TEST(Linearizability, AgreesWithBruteForceOnEverySmallHistory) {
  for (std::size_t operations = 1; operations <= 4; ++operations) {
    std::uint64_t histories = 0;
    std::uint64_t wrong = 0;
    EveryHistory().for_each(operations, [&](const History& history) {
      ++histories;
      const bool right = BruteForce(history).is_linearizable();
      if (!right) ++wrong;
      ASSERT_EQ(is_linearizable(history), right) << text_of(history);
      ASSERT_EQ(is_found_by_search(history), right) << text_of(history);
    });
    EXPECT_TRUE(operations == 1 || wrong > histories / 10) << wrong << " of " << histories;
  }
}

TEST(Linearizability, AgreesWithBruteForceOnRandomHistories) {
  env::Random random(1);
  std::uint64_t wrong = 0;
  constexpr int kHistories = 100'000;
  for (int i = 0; i < kHistories && !HasFailure(); ++i) {
    const RandomHistory kind{.operations = 1 + random.below(8),
                             .keys = 1 + random.below(3),
                             .unique = random.one_in(2),
                             .conditions = random.one_in(2),
                             .batches = random.one_in(2),
                             .unknown = 1 + random.below(4)};
    History history = kind.make(random);
    EXPECT_TRUE(BruteForce(history).is_linearizable()) << text_of(history);
    for (std::uint64_t times = random.below(4); times > 0; --times) disturb(history, random);
    const bool right = BruteForce(history).is_linearizable();
    const Judgement judgement = judge(history);
    ASSERT_EQ(judgement.verdict == Verdict::kLinearizable, right) << text_of(history);
    if (right) continue;
    ++wrong;
    // What explains it is not linearizable either.
    History culprits;
    for (const std::size_t index : judgement.culprits) culprits.push_back(history[index]);
    ASSERT_FALSE(BruteForce(culprits).is_linearizable()) << judgement.why;
  }
  EXPECT_GT(wrong, kHistories / 50u);
}

TEST(Linearizability, TheTwoMethodsAgree) {
  env::Random random(2);
  constexpr int kHistories = 100'000;
  int wrong = 0;
  int open = 0;  // the zones do not know
  for (int i = 0; i < kHistories && !HasFailure(); ++i) {
    const RandomHistory kind{.operations = 1 + random.below(200), .clients = 1 + random.below(8)};
    History history = kind.make(random);
    if (random.one_in(2)) disturb(history, random);
    for (const Part& part : parts_of(history)) {
      const auto judged = judge_by_zones(part);
      if (!judged) ++open;
      if (!judged) continue;
      const Verdict searched = judge_by_search(part, 1'000'000).verdict;
      ASSERT_EQ(searched, judged->linearizable ? Verdict::kLinearizable : Verdict::kNot)
          << text_of(history);
      if (!judged->linearizable) ++wrong;
    }
  }
  EXPECT_GT(wrong, kHistories / 20);
  EXPECT_LT(open, kHistories / 3);
}

TEST(Linearizability, AMillionOperationsAreJudged) {
  env::Random random(3);
  const RandomHistory kind{.operations = 1'000'000, .clients = 8, .keys = 1000};
  History history = kind.make(random);
  const Judgement judgement = judge(history);
  EXPECT_EQ(judgement.verdict, Verdict::kLinearizable) << judgement.why;
}

}  // namespace
}  // namespace strata::checker
