// Runs week05-server and its shell: killed while keys move, and used in wrong ways.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "shard/kinds.h"
#include "shard/shard.pb.h"
#include "shard/sharded_store.h"
#include "testing/child.h"
#include "testing/eventually.h"
#include "testing/results.h"
#include "testing/sanitizers.h"
#include "testing/temporary_directory.h"

namespace strata::shard {
namespace {

using testing::eventually;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::PipedChild;
using testing::run_program_with;

class ShardProgram : public ::testing::Test {
 protected:
  std::string address(int number) const {
    return fmt::format("unix:{}/{}.sock", directory_.path().string(), number);
  }
  std::string data(int number) const {
    return fmt::format("{}/{}", directory_.path().string(), number);
  }
  std::vector<std::string> arguments(int number) const {
    std::vector<std::string> all{"--node",   fmt::format("n{}", number),
                                 "--listen", address(number),
                                 "--data",   data(number),
                                 "--sync",   "never",
                                 "--log",    "off"};
    if (number > 3)
      all.insert(all.end(), {"--join", address(1)});
    else
      all.insert(all.end(),
                 {"--peers", fmt::format("n1={},n2={},n3={}", address(1), address(2), address(3))});
    return all;
  }
  void start(int number) {
    auto child = std::make_unique<PipedChild>(STRATA_WEEK05_SERVER, arguments(number));
    const auto line = child->read_line();
    ASSERT_TRUE(line && line->starts_with("listening on "));
    servers_[number] = std::move(child);
  }
  void kill(int number) {
    servers_[number]->kill();
    servers_[number]->wait();
  }
  std::unique_ptr<ShardedStore> client() {
    auto store = ShardedStore::connect(
        {.addresses = {address(1), address(2), address(3)}, .timeout = std::chrono::seconds(30)});
    EXPECT_THAT(store, IsOk());
    return *std::move(store);
  }
  // All servers have the same map, with so many servers, and no keys move.
  static bool is_at_rest(ShardedStore& store, std::size_t servers) {
    if (!store.learn()) return false;
    const ClusterMap map = store.view()->map;
    if (map.next || map.servers.size() != servers) return false;
    for (const Server& server : map.servers) {
      proto::Status status;
      const auto answer = store.ask_at(server.address, net::extend(kGetStatus, proto::GetStatus()));
      if (!answer || !net::unpack(*answer, status)) return false;
      if (status.epoch() != map.epoch || status.moves_size() > 0) return false;
    }
    return true;
  }

  testing::TemporaryDirectory directory_;
  std::map<int, std::unique_ptr<PipedChild>> servers_;
};

// Each writer counts up the values of its own keys. What was acknowledged is never lost, and no
// value goes back.
TEST_F(ShardProgram, KilledWhileKeysMoveItLosesNothing) {
  constexpr int kWriters = 4;
  constexpr int kKeys = 40;  // of each writer
  for (int number = 1; number <= 3; ++number) start(number);
  const auto store = client();
  std::atomic<bool> stop = false;
  std::vector<std::map<std::string, int>> acknowledged(kWriters);
  std::vector<std::jthread> writers;
  for (int writer = 0; writer < kWriters; ++writer)
    writers.emplace_back([&, writer] {
      auto& mine = acknowledged[static_cast<std::size_t>(writer)];
      for (int round = 1; !stop; ++round)
        for (int i = 0; i < kKeys && !stop; ++i) {
          const std::string key = fmt::format("w{}k{}", writer, i);
          const auto written = store->put(key, std::to_string(round));
          ASSERT_THAT(written, IsOk());
          mine[key] = round;
        }
    });
  start(4);
  for (const int victim : {4, 1, 2, 4, 3}) {  // the target, the keeper, sources
    kill(victim);
    start(victim);
    std::this_thread::yield();
  }
  EXPECT_TRUE(eventually([&] { return is_at_rest(*store, 4); }));
  proto::Change leave;
  leave.set_leave("n4");
  EXPECT_TRUE(eventually([&] { return store->ask_any(net::extend(kChange, leave)).has_value(); }));
  kill(2);
  start(2);
  EXPECT_TRUE(eventually([&] { return is_at_rest(*store, 3); }));
  stop = true;
  writers.clear();
  std::uint64_t count = 0;
  for (const auto& of_writer : acknowledged) {
    count += of_writer.size();
    for (const auto& [key, round] : of_writer) {
      const auto value = store->get(key);
      ASSERT_THAT(value, IsOk());
      ASSERT_TRUE(value->has_value()) << key;
      EXPECT_GE(std::stoi(**value), round) << key;
      EXPECT_LE(std::stoi(**value), round + 1) << key;
    }
  }
  EXPECT_EQ(store->count_keys().value(), count);
}

TEST_F(ShardProgram, SigtermEndsIt) {
  for (int number = 1; number <= 3; ++number) start(number);
  EXPECT_THAT(client()->put("key", "value"), IsOk());
  for (auto& [number, server] : servers_) {
    ::kill(server->process(), SIGTERM);
    EXPECT_EQ(server->wait(), 0);
  }
  for (int number = 1; number <= 3; ++number) start(number);
  EXPECT_EQ(client()->get("key").value(), "value");
}

TEST_F(ShardProgram, AServerThatIsGoneIsNamedAndTheOthersAnswer) {
  for (int number = 1; number <= 3; ++number) start(number);
  const auto store = client();
  kill(2);
  const auto impatient =
      ShardedStore::connect({.addresses = {address(1)}, .timeout = std::chrono::milliseconds(500)});
  ASSERT_THAT(impatient, IsOk());
  int refused = 0;
  for (int i = 0; i < 20; ++i) {
    const auto written = (*impatient)->put(fmt::format("key{}", i), "value");
    if (written) continue;
    ++refused;
    EXPECT_THAT(written.error().message, HasSubstr("2.sock"));
  }
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, 20);
  start(2);
  for (int i = 0; i < 20; ++i) EXPECT_THAT(store->put(fmt::format("key{}", i), "v"), IsOk());
}

TEST_F(ShardProgram, WhatIsWrongIsSaidInOneLine) {
  const auto error_of = [](const std::vector<std::string>& arguments) {
    const auto ended = run_program_with(STRATA_WEEK05_SERVER, arguments, "");
    EXPECT_NE(ended.status, 0);
    EXPECT_EQ(std::ranges::count(ended.err, '\n'), 1) << ended.err;
    return ended.err;
  };
  const auto with = [&](std::vector<std::string> more) {
    std::vector<std::string> all{"--node", "n1", "--listen", address(1), "--data", data(1)};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  EXPECT_THAT(error_of(with({"--peers", "n2=unix:/x"})), HasSubstr("--peers must name n1, too"));
  EXPECT_THAT(error_of(with({"--peers", "nonsense"})), HasSubstr("n1=HOST:PORT"));
  EXPECT_THAT(error_of(with({"--bootstrap", "yes", "--join", address(2)})),
              HasSubstr("exclude each other"));
  EXPECT_THAT(error_of(with({"--weight", "0"})), HasSubstr("weight"));
  EXPECT_THAT(error_of(with({"--join", address(1)})), HasSubstr("cannot join itself"));
}

TEST_F(ShardProgram, AUsedNameIsRefusedAndNothingChanges) {
  for (int number = 1; number <= 3; ++number) start(number);
  const auto store = client();
  const auto ended = run_program_with(STRATA_WEEK05_SERVER,
                                      {"--node", "n2", "--listen", address(9), "--data", data(9),
                                       "--join", address(1), "--log", "off"},
                                      "");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("the name n2 is taken"));
  ASSERT_THAT(store->learn(), IsOk());
  EXPECT_EQ(store->view()->map.epoch, 1u);
}

TEST_F(ShardProgram, TheShellShowsAndChangesTheCluster) {
  for (int number = 1; number <= 3; ++number) start(number);
  const auto ended = run_program_with(
      STRATA_WEEK05_REPL, {"--connect", address(2)},
      "PUT key value\nGET key\nRING\nOWNER key\nSTATUS\nMOVES\nLEAVE n9\nLEAVE n1\nKEEPER n3\n");
  EXPECT_EQ(ended.status, 1) << "some commands were refused";
  for (const char* line :
       {"OK\n", "value\n", "epoch 1, 3 servers\n", "and belongs to n",
        "n1: up, epoch 1, keeper n1, 0 moves\n", "(no keys are moving)\n",
        "Error: the cluster has no server n9\n", "Error: n1 is the keeper", "OK, epoch 2\n"})
    EXPECT_THAT(ended.out, HasSubstr(line));
}

}  // namespace
}  // namespace strata::shard
