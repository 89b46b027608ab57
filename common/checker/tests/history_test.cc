#include "checker/history.h"

#include <gtest/gtest.h>

#include "histories.h"
#include "testing/results.h"

namespace strata::checker {
namespace {

using strata::testing::FailsWith;
using strata::testing::IsOk;

TEST(History, RefusesWhatNobodyCanHaveRecorded) {
  EXPECT_THAT(check_form({}), IsOk());
  EXPECT_THAT(check_form({put("x", "1", {10, 20}), get("x", "1", {20, 20})}), IsOk());
  const History wrong{
      get("x", "1", {20, 10}),       // an answer before its call
      get("x", "1", {-5, 10}),       // before the start
      {.called = 1, .returned = 2},  // nothing
      get("x", "1", {10}),           // a read without an answer
      refused("x", "1", {10}),       // and what was refused, without one
      {.called = 1, .returned = 2, .written = {{"x", "1"}, {"y", "1"}, {"x", "2"}}},
      {.called = 1, .returned = 2, .refuted = {{"x", "1"}}, .written = {{"x", "2"}}},
  };
  for (const Operation& operation : wrong)
    EXPECT_THAT(check_form({put("a", "1", {1, 2}), operation}),
                FailsWith(ErrorCode::kInvalidArgument))
        << text_of(operation);
}

TEST(History, HasAPartThatWasKnownEarlier) {
  const History known = known_at(
      {put("x", "1", {1, 2}), put("x", "2", {3, 9}), put("x", "3", {4}), get("x", "1", {4, 5}),
       get("x", "2", {4, 9}), refused("x", "2", {4, 9}), put("x", "4", {6, 9})},
      5);
  std::string text;
  for (const Operation& operation : known) text += text_of(operation) + "\n";
  EXPECT_EQ(text,
            "client 0 PUT x 1, from 1 to 2\n"
            "client 0 PUT x 2, from 3, without an answer\n"
            "client 0 PUT x 3, from 4, without an answer\n"
            "client 0 GET x: 1, from 4 to 5\n");
}

TEST(History, IsShownInWords) {
  EXPECT_EQ(text_of(put("x", "1", {10, 20, 3})), "client 3 PUT x 1, from 10 to 20");
  EXPECT_EQ(text_of(remove("x", {10})), "client 0 DELETE x, from 10, without an answer");
  EXPECT_EQ(text_of(get("x", std::nullopt, {10, 20})), "client 0 GET x: nothing, from 10 to 20");
  EXPECT_EQ(text_of(cas("x", "1", "2", {10, 20})), "client 0 if x is 1 PUT x 2, from 10 to 20");
  EXPECT_EQ(text_of(refused("x", "1", {1, 2})), "client 0 refused: x is not 1, from 1 to 2");
}

}  // namespace
}  // namespace strata::checker
