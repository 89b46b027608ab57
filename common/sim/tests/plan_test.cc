#include "sim/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/results.h"

namespace strata::sim {
namespace {

using std::chrono::milliseconds;
using strata::testing::FailsWith;
using ::testing::HasSubstr;

TEST(Plan, IsReadAsItIsWritten) {
  const auto plan = parse_plan(
      "# a story\n\nseed 17\nclients 2\nat 120ms c1 put k1   # with a comment\n"
      "at 120ms power n1 80ms\nat 2s c2 get k1\n");
  ASSERT_TRUE(plan.has_value()) << plan.error().message;
  EXPECT_EQ(plan->seed, 17u);
  EXPECT_EQ(plan->settings.at("clients"), "2");
  ASSERT_EQ(plan->steps.size(), 3u);
  EXPECT_EQ(plan->steps[1], (Step{milliseconds(120), {"power", "n1", "80ms"}}));
  EXPECT_EQ(parse_plan(text_of(*plan)).value(), *plan);
}

TEST(Plan, RefusesWhatCannotBeMeant) {
  const std::pair<const char*, const char*> wrong[] = {
      {"at 2s a\nat 1s b\n", "line 2: its time goes back"},
      {"seed x\n", "x is no seed"},
      {"seed -1\n", "-1 is no seed"},
      {"seed 18446744073709551616\n", "is no seed"},
      {"seed 1\nseed 2\n", "seed is set twice"},
      {"clients 1\nclients 2\n", "clients is set twice"},
      {"at 1s a\nclients 2\n", "line 2: a setting comes before all steps"},
      {"at 1 a\n", "a time, a whole number of s, ms, us or ns, such as 120ms"},
      {"at -1s a\n", "a time, a whole number of s, ms, us or ns, such as 120ms"},
      {"at 99999999999s a\n", "a time, a whole number of s, ms, us or ns, such as 120ms"},
      {"at\n", "a time, a whole number of s, ms, us or ns, such as 120ms"},
      {"at 1s\n", "nothing happens"},
      {"hello\n", "neither"},
      {"a b c\n", "neither"},
  };
  for (const auto& [text, why] : wrong) {
    const auto plan = parse_plan(text);
    ASSERT_FALSE(plan.has_value()) << text;
    EXPECT_EQ(plan.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(plan.error().message, HasSubstr(why)) << text;
  }
}

TEST(Plan, TimesAreShort) {
  for (const char* text : {"0s", "3s", "1500ms", "30us", "7ns"})
    EXPECT_EQ(text_of(parse_moment(text).value()), text);
  EXPECT_EQ(text_of(parse_moment("2000ms").value()), "2s");
  for (const char* text : {"", "s", "1", "1.5s", " 1s", "1s ", "1m"})
    EXPECT_EQ(parse_moment(text), std::nullopt) << text;
}

}  // namespace
}  // namespace strata::sim
