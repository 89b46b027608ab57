// Runs the suites for any store over TCP, over a Unix socket, and through a coordinator.
#include "net/remote_store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "env/posix_file_system.h"
#include "need.h"
#include "served_store.h"
#include "store/memory_store.h"
#include "testing/results.h"
#include "testing/store_suite.h"
#include "testing/temporary_directory.h"
#include "wal/logged_store.h"

namespace strata::net {
namespace {

using strata::testing::FailsWith;

const TcpEndpoint kFreePort{"127.0.0.1", 0};

Result<std::unique_ptr<Store>> logged(const env::Path& directory) {
  wal::LoggedStoreOptions options;
  options.sync = SyncMode::kNever;
  return wal::LoggedStore::open(env::posix_file_system(), directory, options);
}

UnixEndpoint beside(const env::Path& directory) { return {directory.string() + ".sock"}; }

const bool kSuites =
    strata::testing::register_store_suite(
        "OverTcp",
        [](const env::Path& directory) -> Result<std::unique_ptr<Store>> {
          STRATA_TRY(auto store, logged(directory));
          return ServedStore::open(std::move(store), kFreePort);
        }) &&
    strata::testing::register_store_suite(
        "OverUnixSocket",
        [](const env::Path& directory) -> Result<std::unique_ptr<Store>> {
          STRATA_TRY(auto store, logged(directory));
          return ServedStore::open(std::move(store), beside(directory));
        }) &&
    strata::testing::register_store_suite(
        "ThroughACoordinator", [](const env::Path& directory) -> Result<std::unique_ptr<Store>> {
          STRATA_TRY(auto store, logged(directory));
          return ServedStore::open(std::move(store), beside(directory), kFreePort);
        });

class RemoteStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    service_ = need(StoreService::open(store_));
    start(kFreePort);
    store_client_ = need(connect());
  }
  void start(const Endpoint& at, ServerLimits limits = {}) {
    server_ = Server::start(*service_, {.listen = {at}, .limits = limits}).value();
  }
  Result<std::unique_ptr<RemoteStore>> connect(
      std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
    return RemoteStore::connect(
        {.channel = {.endpoint = server_->endpoints().front()}, .timeout = timeout});
  }
  RemoteStore& client() { return *store_client_; }

  MemoryStore store_;
  std::unique_ptr<StoreService> service_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<RemoteStore> store_client_;
};

TEST_F(RemoteStoreTest, AConditionThatHoldsLetsTheWriteThrough) {
  WriteBatch first;
  first.put("key", "1");
  ASSERT_TRUE(client().write_if(std::vector<Condition>{{"key", std::nullopt}}, first).has_value());
  WriteBatch second;
  second.put("key", "2");
  ASSERT_TRUE(client().write_if(std::vector<Condition>{{"key", "1"}}, second).has_value());
  EXPECT_EQ(client().get("key").value(), "2");
}

TEST_F(RemoteStoreTest, AConditionThatDoesNotHoldWritesNothing) {
  ASSERT_TRUE(client().put("key", "1").has_value());
  WriteBatch batch;
  batch.put("key", "2").put("other", "2");
  EXPECT_THAT(client().write_if(std::vector<Condition>{{"key", "0"}}, batch),
              FailsWith(ErrorCode::kConflict));
  EXPECT_THAT(client().write_if(std::vector<Condition>{{"key", std::nullopt}}, batch),
              FailsWith(ErrorCode::kConflict));
  EXPECT_THAT(client().write_if(std::vector<Condition>{{"key", "1"}, {"other", "1"}}, batch),
              FailsWith(ErrorCode::kConflict));
  EXPECT_EQ(client().get("key").value(), "1");
  EXPECT_EQ(client().get("other").value(), std::nullopt);
}

TEST_F(RemoteStoreTest, CompareAndSetLosesNoIncrementOfManyClients) {
  constexpr int kClients = 8;
  constexpr int kIncrements = 50;
  ASSERT_TRUE(client().put("counter", "0").has_value());
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kClients; ++i)
      threads.emplace_back([&] {
        const auto mine = connect().value();
        for (int done = 0; done < kIncrements;) {
          const std::string before = mine->get("counter").value().value();
          WriteBatch next;
          next.put("counter", std::to_string(std::stoi(before) + 1));
          const auto written = mine->write_if(std::vector<Condition>{{"counter", before}}, next);
          done += written ? 1 : 0;
          ASSERT_TRUE(written || written.error().code == ErrorCode::kConflict);
        }
      });
  }
  EXPECT_EQ(client().get("counter").value(), std::to_string(kClients * kIncrements));
}

TEST_F(RemoteStoreTest, HidesTheServersOwnKeys) {
  ASSERT_TRUE(client().put(std::string("\0a", 2), "before").has_value());
  ASSERT_TRUE(client().put("b", "behind").has_value());
  const auto cursor = client().scan({.limit = 2}).value();
  EXPECT_EQ(cursor->next().value()->key, std::string("\0a", 2));
  EXPECT_EQ(cursor->next().value()->key, "b");
  EXPECT_FALSE(cursor->next().value().has_value());
  EXPECT_EQ(client().count_keys().value(), 2u);
  EXPECT_THAT(client().put(std::string("\0strata\0x", 9), "mine"),
              FailsWith(ErrorCode::kInvalidArgument));
}

TEST_F(RemoteStoreTest, AScanSeesTheStoreAsItWasThroughAllItsPages) {
  WriteBatch batch;
  for (int i = 0; i < 20'000; ++i) batch.put(fmt::format("key{:06}", i), std::string(100, 'x'));
  ASSERT_TRUE(client().write(batch).has_value());
  const auto cursor = client().scan({}).value();
  batch.clear();
  for (int i = 0; i < 20'000; ++i) batch.remove(fmt::format("key{:06}", i));
  ASSERT_TRUE(client().write(batch).has_value());
  for (int i = 0; i < 20'000; ++i) {
    const auto entry = cursor->next();
    ASSERT_TRUE(entry.has_value() && entry->has_value()) << i;
    ASSERT_EQ((*entry)->key, fmt::format("key{:06}", i));
  }
  EXPECT_FALSE(cursor->next().value().has_value());
}

TEST_F(RemoteStoreTest, GoesOnWithAServerThatWasStartedAgain) {
  ASSERT_TRUE(client().put("key", "1").has_value());
  const Endpoint at = server_->endpoints().front();
  server_.reset();
  std::jthread again([&] { start(at); });
  EXPECT_EQ(client().get("key").value(), "1");
  EXPECT_TRUE(client().put("key", "2").has_value());
}

TEST_F(RemoteStoreTest, SaysThatNothingWasDoneWhereNobodyListens) {
  const auto impatient = connect(std::chrono::milliseconds(200)).value();
  server_.reset();
  EXPECT_THAT(impatient->put("key", "1"), FailsWith(ErrorCode::kUnavailable));
  EXPECT_THAT(impatient->get("key"), FailsWith(ErrorCode::kUnavailable));
}

TEST_F(RemoteStoreTest, RefusesAtOnceToConnectWhereNobodyListens) {
  const Endpoint at = server_->endpoints().front();
  server_.reset();
  const auto refused = RemoteStore::connect({.channel = {.endpoint = at}});
  ASSERT_THAT(refused, FailsWith(ErrorCode::kUnavailable));
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("Connection refused"));
}

TEST_F(RemoteStoreTest, IsClosedOnce) {
  ASSERT_TRUE(client().close().has_value());
  EXPECT_THAT(client().get("key"), FailsWith(ErrorCode::kUnavailable));
  EXPECT_THAT(client().close(), FailsWith(ErrorCode::kUnavailable));
}

}  // namespace
}  // namespace strata::net
