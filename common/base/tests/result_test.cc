#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <set>

namespace strata {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return invalid_argument("odd");
  return number / 2;
}

Result<void> check(bool good) {
  if (!good) return io_error("bad");
  return {};
}

Result<int> quarter(int number) {
  STRATA_TRY(const int once, half(number));
  STRATA_TRY(const int twice, half(once));
  return twice;
}

TEST(Result, HoldsAValueOrAnError) {
  EXPECT_EQ(half(4).value(), 2);
  ASSERT_FALSE(half(3).has_value());
  EXPECT_EQ(half(3).error(), (Error{ErrorCode::kInvalidArgument, "odd"}));
  EXPECT_TRUE(check(true).has_value());
  EXPECT_EQ(check(false).error().message, "bad");
}

TEST(Result, AbsenceIsNoError) {
  const Result<std::optional<int>> nothing = std::nullopt;
  ASSERT_TRUE(nothing.has_value());
  EXPECT_EQ(*nothing, std::nullopt);
}

TEST(Try, GoesOnWithTheValueOrReturnsTheError) {
  EXPECT_EQ(quarter(8).value(), 2);
  EXPECT_EQ(quarter(6).error().message, "odd");
}

TEST(Try, AssignsToAVariableThatIsThere) {
  int value = 0;
  const auto assign = [&](int from) -> Result<void> {
    STRATA_TRY(value, half(from));
    return {};
  };
  EXPECT_TRUE(assign(8).has_value());
  EXPECT_EQ(value, 4);
  EXPECT_FALSE(assign(7).has_value());
  EXPECT_EQ(value, 4);
}

TEST(Try, EvaluatesTheExpressionOnce) {
  int calls = 0;
  const auto count = [&]() -> Result<int> { return ++calls; };
  const auto run = [&]() -> Result<void> {
    STRATA_TRY(count());
    STRATA_TRY(const int second, count());
    return second == 2 ? Result<void>() : io_error("counted wrongly");
  };
  EXPECT_TRUE(run().has_value());
  EXPECT_EQ(calls, 2);
}

TEST(Try, WithoutAValueIsOneStatement) {
  const auto run = [](bool look) -> Result<void> {
    if (look)
      STRATA_TRY(check(false));
    else
      STRATA_TRY(check(true));
    return {};
  };
  EXPECT_FALSE(run(true).has_value());
  EXPECT_TRUE(run(false).has_value());
}

TEST(Try, MovesWhatCannotBeCopied) {
  const auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(5); };
  const auto run = [&]() -> Result<int> {
    STRATA_TRY(const auto made, make());
    return *made;
  };
  EXPECT_EQ(run().value(), 5);
}

TEST(Try, TakesATypeWithACommaInParentheses) {
  const auto run = []() -> Result<int> {
    STRATA_TRY(const auto pair, (Result<std::pair<int, int>>(std::pair(1, 2))));
    return pair.second;
  };
  EXPECT_EQ(run().value(), 2);
}

TEST(ErrorCode, EachHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::kUnknown); ++code)
    names.insert(name_of(static_cast<ErrorCode>(code)));
  EXPECT_EQ(names.size(), 9u);
  EXPECT_FALSE(names.contains("no error code"));
  EXPECT_EQ(name_of(ErrorCode::kInvalidArgument), "invalid argument");
  EXPECT_EQ(name_of(ErrorCode::kIo), "I/O error");
}

TEST(Error, EachMakerSetsItsCode) {
  EXPECT_EQ(invalid_argument("m").code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(not_found("m").code, ErrorCode::kNotFound);
  EXPECT_EQ(corruption("m").code, ErrorCode::kCorruption);
  EXPECT_EQ(io_error("m").code, ErrorCode::kIo);
  EXPECT_EQ(unavailable("m").code, ErrorCode::kUnavailable);
  EXPECT_EQ(conflict("m").code, ErrorCode::kConflict);
  EXPECT_EQ(unsupported("m").code, ErrorCode::kUnsupported);
  EXPECT_EQ(unknown_outcome("m").code, ErrorCode::kUnknown);
}

}  // namespace
}  // namespace strata
