#include "net/retry.h"

#include <gtest/gtest.h>

#include "net/messages.h"

namespace strata::net {
namespace {

using std::chrono::milliseconds;

Request read() {
  Request request;
  request.mutable_get()->set_key("key");
  return request;
}
Request write(bool with_token) {
  Request request;
  request.mutable_write();
  if (with_token) request.mutable_write()->mutable_token()->set_client(1);
  return request;
}
Response error(proto::Error::Code code) { return failed(1, code, "why"); }
proto::Error::Code last_of(const Attempts& attempts, proto::Error::Code code) {
  return attempts.last(error(code)).error().code();
}

TEST(Attempts, AnAnswerIsTheEnd) {
  Response answer;
  answer.mutable_get();
  EXPECT_FALSE(Attempts().may_retry(read(), answer));
}

TEST(Attempts, WhatWasCertainlyNotDoneMayBeTriedAgain) {
  for (const Request& request : {read(), write(false), write(true)})
    EXPECT_TRUE(Attempts().may_retry(request, error(proto::Error::UNAVAILABLE)));
}

TEST(Attempts, AReadMayAlwaysBeTriedAgain) {
  Attempts attempts;
  EXPECT_TRUE(attempts.may_retry(read(), error(proto::Error::UNKNOWN)));
  EXPECT_EQ(last_of(attempts, proto::Error::UNAVAILABLE), proto::Error::UNAVAILABLE);
}

TEST(Attempts, AWriteThatMayHaveBeenDoneIsTriedAgainOnlyWithItsToken) {
  EXPECT_TRUE(Attempts().may_retry(write(true), error(proto::Error::UNKNOWN)));
  EXPECT_FALSE(Attempts().may_retry(write(false), error(proto::Error::UNKNOWN)));
}

TEST(Attempts, ADecisionOfTheServerIsNotAskedForAgain) {
  for (const auto code :
       {proto::Error::INVALID_ARGUMENT, proto::Error::CONFLICT, proto::Error::UNAUTHENTICATED,
        proto::Error::DEADLINE, proto::Error::CORRUPTION, proto::Error::UNSUPPORTED})
    EXPECT_FALSE(Attempts().may_retry(write(true), error(code))) << code;
}

TEST(Attempts, OnceAnAttemptMayHaveBeenDoneTheEndSaysSo) {
  Attempts attempts;
  ASSERT_TRUE(attempts.may_retry(write(true), error(proto::Error::UNKNOWN)));
  ASSERT_TRUE(attempts.may_retry(write(true), error(proto::Error::UNAVAILABLE)));
  EXPECT_EQ(last_of(attempts, proto::Error::UNAVAILABLE), proto::Error::UNKNOWN);
  EXPECT_EQ(last_of(attempts, proto::Error::DEADLINE), proto::Error::UNKNOWN);
}

TEST(Attempts, AConflictSaysNothingOfAnEarlierAttemptThatMayStillArrive) {
  Attempts attempts;
  ASSERT_TRUE(attempts.may_retry(write(true), error(proto::Error::UNKNOWN)));
  ASSERT_FALSE(attempts.may_retry(write(true), error(proto::Error::CONFLICT)));
  EXPECT_EQ(last_of(attempts, proto::Error::CONFLICT), proto::Error::UNKNOWN);
  Attempts only;
  ASSERT_FALSE(only.may_retry(write(true), error(proto::Error::CONFLICT)));
  EXPECT_EQ(last_of(only, proto::Error::CONFLICT), proto::Error::CONFLICT);
}

TEST(Attempts, ThePageOfAScanIsAskedForOnce) {
  Request next;
  next.mutable_scan_next()->set_cursor(1);
  EXPECT_FALSE(Attempts().may_retry(next, error(proto::Error::UNKNOWN)));
  EXPECT_TRUE(Attempts().may_retry(next, error(proto::Error::UNAVAILABLE)));
}

TEST(Attempts, WaitsLongerEachTimeUpToASecondAndNeverAllTheSame) {
  std::set<std::int64_t> first;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    env::Random random(seed);
    Attempts attempts;
    milliseconds longest{10};
    for (int i = 0; i < 12; ++i) {
      const milliseconds wait = attempts.backoff(random);
      EXPECT_GE(wait, milliseconds(1));
      EXPECT_LE(wait, longest) << i;
      if (i == 6) first.insert(wait.count());
      longest = std::min(milliseconds(1000), longest * 2);
    }
  }
  EXPECT_GT(first.size(), 20u) << "clients that failed together come back together";
}

}  // namespace
}  // namespace strata::net
