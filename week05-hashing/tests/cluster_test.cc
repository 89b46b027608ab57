// Three real servers: the suites for any store, from outside and from any of them, and servers that
// come and go.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "real_cluster.h"
#include "shard/kinds.h"
#include "shard/shard.pb.h"
#include "testing/eventually.h"
#include "testing/results.h"
#include "testing/store_suite.h"
#include "testing/temporary_directory.h"

namespace strata::shard {
namespace {

using testing::FailsWith;
using testing::IsOk;

// A cluster and a client of it, as one store.
class ClusterStore : public Store {
 public:
  static Result<std::unique_ptr<Store>> open_sharded(const env::Path& directory) {
    auto store = std::make_unique<ClusterStore>(directory);
    STRATA_TRY(store->cluster_.start(3));
    STRATA_TRY(store->client_, ShardedStore::connect({.addresses = store->cluster_.addresses(),
                                                      .splits_batches = true}));
    return store;
  }
  // Knows nothing of the cluster, and asks always the same server.
  static Result<std::unique_ptr<Store>> open_through(std::size_t number,
                                                     const env::Path& directory) {
    auto store = std::make_unique<ClusterStore>(directory);
    STRATA_TRY(store->cluster_.start(3));
    STRATA_TRY(const auto made, ShardedStore::connect({.addresses = store->cluster_.addresses()}));
    net::ClientOptions options;
    STRATA_TRY(options.channel.endpoint, net::parse_endpoint(store->cluster_.address(number)));
    STRATA_TRY(store->client_, net::RemoteStore::connect(options));
    store->splits_ = true;
    return store;
  }

  explicit ClusterStore(const env::Path& directory) : cluster_(directory) {}

  Result<std::optional<std::string>> get(std::string_view key,
                                         const ReadOptions& options = {}) override {
    return client_->get(key, options);
  }
  // The keys of a batch belong to several servers.
  Result<void> write(const WriteBatch& batch) override {
    if (!splits_) return client_->write(batch);
    STRATA_TRY(net::check_write(batch));
    for (const Operation operation : batch) {
      WriteBatch one;
      one.refer_to(operation);
      STRATA_TRY(client_->write(one));
    }
    return batch.empty() ? client_->write(batch) : Result<void>();
  }
  Result<void> write_if(std::span<const Condition> conditions, const WriteBatch& batch) override {
    return client_->write_if(conditions, batch);
  }
  Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) override {
    return client_->scan(options);
  }
  Result<std::shared_ptr<const Snapshot>> snapshot() override { return client_->snapshot(); }
  Result<std::vector<Stat>> stats() override { return client_->stats(); }
  Result<std::uint64_t> count_keys() override { return client_->count_keys(); }
  Result<void> sync() override { return client_->sync(); }
  Capabilities capabilities() const override {
    Capabilities capabilities = client_->capabilities();
    capabilities.batches = false;
    return capabilities;
  }
  Result<void> close() override {
    STRATA_TRY(client_->close());
    return cluster_.stop();
  }

 private:
  RealCluster cluster_;
  std::unique_ptr<Store> client_;
  bool splits_ = false;
};

const bool kSuites =
    testing::register_store_suite("ShardedStore", &ClusterStore::open_sharded) &&
    testing::register_store_suite(
        "ThroughTheFirstServer",
        [](const env::Path& directory) { return ClusterStore::open_through(1, directory); }) &&
    testing::register_store_suite("ThroughTheThirdServer", [](const env::Path& directory) {
      return ClusterStore::open_through(3, directory);
    });

class ClusterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_THAT(cluster_.start(3), IsOk());
    client_ = ShardedStore::connect({.addresses = cluster_.addresses()}).value();
  }
  void put_many(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      ASSERT_THAT(client_->put(fmt::format("key{}", i), fmt::format("value{}", i)), IsOk());
  }
  void expect_many(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      ASSERT_EQ(client_->get(fmt::format("key{}", i)).value(), fmt::format("value{}", i));
    EXPECT_EQ(client_->count_keys().value(), count);
  }
  bool is_at_rest(std::size_t servers) {
    for (std::size_t number = 1; number <= servers; ++number)
      if (cluster_.node(number).map().next || !cluster_.node(number).moves().empty()) return false;
    return true;
  }
  Result<net::Response> change(const proto::Change& change) {
    return client_->ask_any(net::extend(kChange, change));
  }

  testing::TemporaryDirectory directory_;
  RealCluster cluster_{directory_.path() / "server"};
  std::unique_ptr<ShardedStore> client_;
};

TEST_F(ClusterTest, AServerThatJoinsTakesItsShareWhileClientsWrite) {
  put_many(500);
  std::atomic<bool> stop = false;
  std::atomic<int> rounds = 0;
  std::jthread writer([&] {
    for (int round = 1; !stop; ++round) {
      for (int i = 0; i < 50; ++i)
        ASSERT_THAT(client_->put(fmt::format("busy{}", i), fmt::format("{}", round)), IsOk());
      rounds = round;
    }
  });
  ASSERT_TRUE(testing::eventually([&] { return rounds > 2; }));
  ASSERT_THAT(cluster_.join(4), IsOk());
  EXPECT_TRUE(testing::eventually(
      [&] { return cluster_.node(4).map().servers.size() == 4 && is_at_rest(4); }));
  stop = true;
  writer.join();
  for (int i = 0; i < 50; ++i) {
    const auto value = client_->get(fmt::format("busy{}", i)).value();
    EXPECT_GE(std::stoi(value.value()), rounds) << i;
  }
  for (int i = 0; i < 50; ++i) ASSERT_THAT(client_->remove(fmt::format("busy{}", i)), IsOk());
  expect_many(500);
}

TEST_F(ClusterTest, AServerThatLeavesGivesItsKeysToTheOthers) {
  put_many(300);
  proto::Change leave;
  leave.set_leave("n2");
  ASSERT_THAT(change(leave), IsOk());
  EXPECT_TRUE(testing::eventually(
      [&] { return cluster_.node(1).map().servers.size() == 2 && is_at_rest(3); }));
  expect_many(300);
}

TEST_F(ClusterTest, ABatchOfKeysOfSeveralServersIsRefusedAsAWhole) {
  WriteBatch batch;
  for (int i = 0; i < 20; ++i) batch.put(fmt::format("key{}", i), "value");
  EXPECT_THAT(client_->write(batch), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_EQ(client_->count_keys().value(), 0u);
}

TEST_F(ClusterTest, WhatCannotBeIsRefusedInWordsAndChangesNothing) {
  const auto message_of = [&](const proto::Change& refused) {
    const auto answer = change(refused);
    return answer ? std::string("it was done") : answer.error().message;
  };
  proto::Change unknown;
  unknown.set_leave("n9");
  EXPECT_THAT(message_of(unknown), ::testing::HasSubstr("no server n9"));
  proto::Change weightless;
  weightless.mutable_weight()->set_name("n1");
  EXPECT_THAT(message_of(weightless), ::testing::HasSubstr("the weight of n1 is 0"));
  proto::Change elsewhere;
  elsewhere.set_leave("n2");
  elsewhere.set_cluster(12345);
  EXPECT_THAT(message_of(elsewhere), ::testing::HasSubstr("another cluster"));
  EXPECT_EQ(cluster_.node(1).map().epoch, 1u);
}

}  // namespace
}  // namespace strata::shard
