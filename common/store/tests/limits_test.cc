#include "store/limits.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/write_batch.h"
#include "testing/results.h"

namespace strata {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;

TEST(Limits, AreWhatTheDesignSays) {
  EXPECT_EQ(kMinKeySize, 1u);
  EXPECT_EQ(kMaxKeySize, 64u * 1024);
  EXPECT_EQ(kMaxValueSize, 16u * 1024 * 1024);
  EXPECT_EQ(kMaxBatchSize, 64u * 1024 * 1024);
}

TEST(Limits, AKeyOfTheLargestSizePassesAndOneMoreByteDoesNot) {
  EXPECT_THAT(check_key("k"), IsOk());
  EXPECT_THAT(check_key(std::string(kMaxKeySize, 'k')), IsOk());
  EXPECT_THAT(check_key(""), FailsWith(ErrorCode::kInvalidArgument));
  const auto refused = check_key(std::string(kMaxKeySize + 1, 'k'));
  EXPECT_THAT(refused, FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_EQ(refused.error().message, "the key has 65537 bytes; 65536 are allowed");
}

TEST(Limits, AValueMayBeEmptyAndHasALargestSize) {
  EXPECT_THAT(check_value(""), IsOk());
  std::string value(kMaxValueSize, 'v');
  EXPECT_THAT(check_value(value), IsOk());
  const auto refused = check_value(value += 'v');
  EXPECT_THAT(refused, FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(refused.error().message, HasSubstr("16777217"));
}

TEST(Limits, ABatchIsRefusedForAnyOfItsOperations) {
  WriteBatch batch;
  EXPECT_THAT(check_batch(batch), IsOk());
  batch.put("k", "v").remove("k");
  EXPECT_THAT(check_batch(batch), IsOk());
  batch.remove("");
  EXPECT_THAT(check_batch(batch), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(Limits, ABatchCountsWhatItTakesToLogIt) {
  WriteBatch batch;
  const std::string value(kMaxValueSize - kOperationOverhead - 1, 'v');
  for (int i = 0; i < 4; ++i) batch.put(fmt::format("{}", i), value);
  EXPECT_EQ(batch.byte_size(), kMaxBatchSize);
  EXPECT_THAT(check_batch(batch), IsOk());
  batch.remove("k");
  EXPECT_THAT(check_batch(batch), FailsWith(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace strata
