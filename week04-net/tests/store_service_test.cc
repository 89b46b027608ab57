// A store as a service: groups, tokens and conditions, without a network.
#include <gmock/gmock.h>

#include "net/group_writer.h"
#include "net/hidden_keys.h"
#include "store_service_fixture.h"

namespace strata::net {
namespace {

using std::chrono::seconds;

TEST_F(StoreServiceTest, WritesThatComeTogetherShareOneWriteOfTheStore) {
  store_.shut();
  auto first = ask(put("first", "1"));
  store_.wait_for_a_write();
  std::vector<std::future<Response>> rest;
  for (int i = 0; i < 50; ++i) rest.push_back(ask(put("rest" + std::to_string(i), "1")));
  store_.open();
  EXPECT_TRUE(first.get().has_write());
  for (auto& one : rest) EXPECT_TRUE(one.get().has_write());
  EXPECT_EQ(store_.writes(), 2);
}

TEST_F(StoreServiceTest, AWriteWithATokenIsDoneOnce) {
  EXPECT_FALSE(ask(put("key", "1", 1)).get().write().repeated());
  need(store_.put("key", "2"));
  EXPECT_TRUE(ask(put("key", "1", 1)).get().write().repeated());
  EXPECT_EQ(value("key"), "2");
}

TEST_F(StoreServiceTest, AlsoAfterTheStoreWasOpenedAgain) {
  ask(put("key", "1", 1)).get();
  open();
  need(store_.put("key", "2"));
  EXPECT_TRUE(ask(put("key", "1", 1)).get().write().repeated());
  EXPECT_EQ(value("key"), "2");
}

TEST_F(StoreServiceTest, AFewWritesWaitUntilTheServiceIsFlushed) {
  const auto is_done = [](const std::future<Response>& answer) {
    return answer.wait_for(seconds(0)) == std::future_status::ready;
  };
  open({.workers = &env::inline_workers()});
  const int before = store_.writes();
  const auto first = ask(put("a", "1"), true);
  const auto second = ask(put("b", "1"), true);
  EXPECT_FALSE(is_done(first));
  service_->check_invariants();
  service_->flush();
  EXPECT_TRUE(is_done(first) && is_done(second));
  EXPECT_EQ(store_.writes(), before + 1);
  const auto third = ask(put("c", "1"), true);
  EXPECT_TRUE(is_done(ask(put("d", "1"))));  // nothing follows it
  EXPECT_TRUE(is_done(third));
  const auto fourth = ask(put("e", "1"), true);
  for (int i = 0; i < 100; ++i) ask(put("f", "1"), true);
  EXPECT_TRUE(is_done(fourth)) << "many writes do not wait for more";
}

TEST_F(StoreServiceTest, ADoubleInTheSameGroupIsAnsweredOnlyWhenThatIsWritten) {
  store_.shut();
  auto first = ask(put("first", "1"));
  store_.wait_for_a_write();
  auto one = ask(put("key", "1", 1));
  auto other = ask(put("key", "1", 1));
  store_.open(io_error("the disk is gone"));
  first.get();
  EXPECT_EQ(one.get().error().code(), proto::Error::UNKNOWN);
  EXPECT_EQ(other.get().error().code(), proto::Error::UNKNOWN);
}

TEST_F(StoreServiceTest, ADeliveryBringsEntriesAndTokensTogether) {
  TokenTable theirs;
  theirs.done({.client = 7, .sequence = 3, .settled_below = 2}, seconds(0));
  const auto deliver = [&](std::string_view value) {
    Delivery delivery{.entries = {}, .tokens = {{7, theirs.record_of(7)}}, .durable = true};
    delivery.entries.put("moved", value);
    delivery.entries.put(std::string(kHiddenPrefix) + "note", "hidden keys, too");
    std::promise<Result<void>> done;
    service_->deliver(std::move(delivery),
                      [&done](Result<void> outcome) { done.set_value(std::move(outcome)); });
    return done.get_future().get();
  };
  ASSERT_TRUE(deliver("1").has_value());
  EXPECT_EQ(value("moved"), "1");
  EXPECT_TRUE(ask(put("moved", "2", 3, 2)).get().write().repeated());
  EXPECT_FALSE(ask(put("moved", "3", 4, 2)).get().write().repeated());
  open();
  EXPECT_TRUE(ask(put("moved", "2", 3, 2)).get().write().repeated()) << "they are in the store";
  EXPECT_EQ(value("moved"), "3");

  store_.open(io_error("no disk"));
  EXPECT_FALSE(deliver("4").has_value());
  store_.open();
  EXPECT_EQ(value("moved"), "3");
}

TEST_F(StoreServiceTest, AWriteThatFailedHalfWayIsNotTriedAgain) {
  store_.open(io_error("the disk is full"));
  EXPECT_EQ(ask(put("key", "1", 1)).get().error().code(), proto::Error::UNKNOWN);
  store_.open();
  EXPECT_EQ(ask(put("key", "1", 1)).get().error().code(), proto::Error::UNKNOWN);
  EXPECT_EQ(value("key"), "none");
  EXPECT_TRUE(ask(put("key", "2", 2)).get().has_write()) << "others go on";
  open();
  EXPECT_EQ(ask(put("key", "1", 1)).get().error().code(), proto::Error::UNKNOWN)
      << "the record that came with it, if it did, was replaced by that of the second";
}

TEST_F(StoreServiceTest, ALateCopyOfASettledWriteIsNotDone) {
  ask(put("key", "1", 1)).get();
  ask(put("key", "2", 2, 2)).get();
  EXPECT_EQ(ask(put("key", "1", 1)).get().error().code(), proto::Error::UNKNOWN);
  EXPECT_EQ(value("key"), "2");
}

TEST_F(StoreServiceTest, ConditionsSeeWhatStandsBeforeThemInTheirGroup) {
  need(store_.put("key", "0"));
  store_.shut();
  auto first = ask(put("first", "1"));
  store_.wait_for_a_write();
  auto a = ask(put_if("key", "0", "1"));
  auto b = ask(put_if("key", "0", "2"));
  auto c = ask(put_if("key", "1", "3"));
  store_.open();
  first.get();
  EXPECT_TRUE(a.get().has_write());
  EXPECT_EQ(b.get().error().code(), proto::Error::CONFLICT);
  EXPECT_TRUE(c.get().has_write());
  EXPECT_EQ(value("key"), "3");
  EXPECT_EQ(store_.writes(), 3) << "the test's own, the first, and all the others";
}

// Nobody ever reads what a group that failed would have written. So nobody is told of it.
TEST_F(StoreServiceTest, AConditionThatMetAFailedWriteIsNoConflict) {
  need(store_.put("key", "0"));
  store_.shut();
  auto first = ask(put("first", "1"));
  store_.wait_for_a_write();
  auto a = ask(put("key", "1"));
  auto b = ask(put_if("key", "0", "2"));
  store_.open(io_error("the disk is full"));
  first.get();
  EXPECT_EQ(a.get().error().code(), proto::Error::UNKNOWN);
  EXPECT_EQ(b.get().error().code(), proto::Error::UNAVAILABLE);
  EXPECT_EQ(value("key"), "0");
  store_.open();
  EXPECT_TRUE(ask(put_if("key", "0", "2")).get().has_write());
}

TEST_F(StoreServiceTest, AReplyThatThrowsIsCalledOnceAndTheOthersToo) {
  store_.shut();
  auto first = ask(put("first", "1"));
  store_.wait_for_a_write();
  std::vector<int> calls(3);  // all before last is called
  for (std::size_t i = 0; i < calls.size(); ++i)
    service_->handle(put("key", "1"), Context{.peer = &peer_}, [&calls, i](const Response&) {
      ++calls[i];
      if (i == 1) throw std::runtime_error("a mistake of the reply");
    });
  auto last = ask(put("last", "1"));
  store_.open();
  last.get();
  EXPECT_TRUE(first.get().has_write());
  EXPECT_EQ(calls, (std::vector<int>{1, 1, 1}));
  EXPECT_TRUE(ask(put("key", "2")).get().has_write()) << "the service goes on";
}

TEST_F(StoreServiceTest, WhatIsRefusedTakesNothingOfItsGroupWithIt) {
  store_.shut();
  auto first = ask(put("first", "1"));
  store_.wait_for_a_write();
  auto good = ask(put("good", "1", 1));
  auto refused = ask(put_if("key", "0", "1"));
  auto large = ask(put("key", std::string(kMaxValueSize + 1, 'x')));
  auto also_good = ask(put("also good", "1", 2));
  EXPECT_EQ(large.get().error().code(), proto::Error::INVALID_ARGUMENT) << "at once";
  store_.open();
  for (auto* one : {&first, &good, &also_good}) EXPECT_TRUE(one->get().has_write());
  EXPECT_EQ(refused.get().error().code(), proto::Error::CONFLICT);
  EXPECT_EQ(value("good"), "1");
  EXPECT_EQ(value("also good"), "1");
  EXPECT_EQ(value("key"), "none");
}

TEST_F(StoreServiceTest, AWriteWhoseTimeIsOverIsNotDone) {
  store_.shut();
  auto first = ask(put("first", "1"));
  store_.wait_for_a_write();
  Request late = put("late", "1", 1);
  late.set_timeout_ms(100);
  auto asked = ask(std::move(late));
  clock_.advance(std::chrono::milliseconds(100));
  store_.open();
  first.get();
  EXPECT_EQ(asked.get().error().code(), proto::Error::DEADLINE);
  EXPECT_EQ(value("late"), "none");
  EXPECT_FALSE(ask(put("late", "1", 1)).get().write().repeated()) << "so it may come again";
}

TEST_F(StoreServiceTest, ForAPeerThatIsGoneNothingIsReadButItsWritesAreDone) {
  peer_.is_gone = true;
  Request scan;
  scan.mutable_scan();
  EXPECT_EQ(ask(scan).get().error().code(), proto::Error::CANCELLED);
  Request stats;
  stats.mutable_stats();
  EXPECT_EQ(ask(stats).get().error().code(), proto::Error::CANCELLED);
  EXPECT_TRUE(ask(put("key", "1", 1)).get().has_write());
  EXPECT_EQ(value("key"), "1");
}

TEST_F(StoreServiceTest, LargeBatchesAreWrittenApart) {
  store_.shut();
  auto first = ask(put("first", "1"));
  store_.wait_for_a_write();
  std::vector<std::future<Response>> large;
  for (int i = 0; i < 6; ++i)
    large.push_back(ask(put("large" + std::to_string(i), std::string(kMaxValueSize, 'x'))));
  store_.open();
  first.get();
  for (auto& one : large) EXPECT_TRUE(one.get().has_write());
  EXPECT_EQ(store_.writes(), 7);
}

TEST_F(StoreServiceTest, ForgetsClientsThatAreLongGone) {
  ask(put("key", "1", 1)).get();
  EXPECT_TRUE(need(store_.get(token_key(7))).has_value());
  clock_.advance(seconds(3601));
  housekeep();
  EXPECT_FALSE(need(store_.get(token_key(7))).has_value());
}

TEST_F(StoreServiceTest, ADateThatIsSetForwardMakesItForgetNobody) {
  ask(put("key", "1", 1)).get();
  clock_.set_forward(std::chrono::hours(24));
  housekeep();
  EXPECT_TRUE(ask(put("key", "1", 1)).get().write().repeated());
}

TEST_F(StoreServiceTest, TheAgeOfATokenGoesOnWhereTheRecordsLeftIt) {
  ask(put("key", "1", 1)).get();
  clock_.advance(seconds(3000));
  ask(put("key", "2", 1, 1, 8)).get();
  open();
  clock_.advance(seconds(601));
  housekeep();
  EXPECT_FALSE(need(store_.get(token_key(7))).has_value());
  EXPECT_TRUE(need(store_.get(token_key(8))).has_value());
}

}  // namespace
}  // namespace strata::net
