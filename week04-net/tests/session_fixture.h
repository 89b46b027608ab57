// For the tests of sessions and servers: a server in front of a map in memory, peers that send
// whatever the test tells them, and a service that answers only when the test tells it.
#pragma once

#include <gmock/gmock.h>

#include <atomic>
#include <deque>
#include <mutex>
#include <thread>

#include "net/remote_store.h"
#include "net/server.h"
#include "net/store_service.h"
#include "raw_peer.h"
#include "store/memory_store.h"
#include "testing/eventually.h"
#include "testing/results.h"
#include "testing/temporary_directory.h"

namespace strata::net {

using std::chrono::milliseconds;
using strata::testing::FailsWith;
using ::testing::HasSubstr;

inline const TcpEndpoint kAnyPort{"127.0.0.1", 0};
inline constexpr std::string_view kSecret = "a secret of some length";

// A service that keeps its requests until the test answers them.
class HoldingService final : public Service {
 public:
  void handle(Request request, const Context& context, Reply reply) override {
    const std::lock_guard lock(mutex_);
    if (lets_go_) return reply(pong(request.id()));
    contexts_.push_back(context);
    held_.emplace_back(std::move(request), std::move(reply));
    ++count_;
    count_.notify_all();
  }
  void wait_for(int count) {
    for (int now = count_; now < count; now = count_) count_.wait(now);
  }
  int count() const { return count_; }
  // What came with request number `at`, in the order of arrival.
  Context context(std::size_t at) {
    const std::lock_guard lock(mutex_);
    return contexts_.at(at);
  }
  // Answers request number `at`.
  void answer(std::size_t at) {
    std::unique_lock lock(mutex_);
    Reply reply = std::exchange(held_[at].second, {});
    lock.unlock();
    if (reply) reply(pong(0));
  }
  // Answers all requests that it keeps, and from now on every request at once.
  void let_go() {
    {
      const std::lock_guard lock(mutex_);
      lets_go_ = true;
    }
    for (std::size_t at = 0; at < static_cast<std::size_t>(count_); ++at) answer(at);
  }

 private:
  std::mutex mutex_;
  std::deque<std::pair<Request, Reply>> held_;  // guarded by mutex_
  std::vector<Context> contexts_;               // guarded by mutex_
  bool lets_go_ = false;                        // guarded by mutex_
  std::atomic<int> count_{0};
};

// For a test that may fail: requests that are kept would prevent the server from ending.
struct LetGo {
  explicit LetGo(HoldingService& held) : service(held) {}
  ~LetGo() { service.let_go(); }
  HoldingService& service;
};

class SessionTest : public ::testing::Test {
 protected:
  void start(ServerLimits limits = {}, const Identity& identity = {}) {
    if (!service_) service_ = need(StoreService::open(store_));
    server_ = need(
        Server::start(*service_, {.listen = {kAnyPort}, .identity = identity, .limits = limits}));
  }
  // Serves held_, whose requests the test answers.
  void hold(ServerLimits limits = {}) {
    server_ = need(Server::start(held_, {.listen = {kAnyPort}, .limits = limits}));
  }
  // Requests that are kept would prevent the server from ending.
  ~SessionTest() override { held_.let_go(); }
  const Endpoint& at() const { return server_->endpoints().front(); }
  RawPeer peer() {
    RawPeer peer(at());
    peer.shake_hands();
    return peer;
  }
  // Waits until the server's figures satisfy the condition; fails if that takes too long.
  template <class Predicate>
  void wait_until(Predicate so) {
    if (!testing::eventually([&] { return so(server_->figures()); }))
      throw std::runtime_error("the server's figures are not what they should become");
  }
  void wait_for_connections(std::uint64_t count) {
    wait_until([count](const ServerFigures& figures) { return figures.connections == count; });
  }
  // Expects that the connection ends, and that the peer is told why.
  static void expect_ended(RawPeer& peer, const std::string& why) {
    const auto last = peer.response();
    ASSERT_TRUE(last.has_value());
    EXPECT_EQ(last->id(), 0u);
    EXPECT_THAT(last->error().message(), HasSubstr(why));
    EXPECT_EQ(peer.receive(), std::nullopt);
  }
  void expect_good_service() {
    const auto client = need(RemoteStore::connect({.channel = {.endpoint = at()}}));
    need(client->put("other", "client"));
    EXPECT_EQ(need(client->get("other")), "client");
  }

  MemoryStore store_;
  std::unique_ptr<StoreService> service_;
  HoldingService held_;
  std::unique_ptr<Server> server_;
};

}  // namespace strata::net
