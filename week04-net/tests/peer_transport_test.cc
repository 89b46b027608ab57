// Messages between servers, over the port that serves clients. And kinds of requests that this week
// does not know: how they get through.
#include "net/peer_transport.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include "need.h"
#include "net/asio_executor.h"
#include "net/messages.h"
#include "net/peer.pb.h"
#include "net/relay_service.h"
#include "net/remote_store.h"
#include "net/retry.h"
#include "net/server.h"
#include "net/store_service.h"
#include "store/memory_store.h"
#include "testing/eventually.h"
#include "testing/results.h"

namespace strata::net {
namespace {

using env::NodeId;
using ::testing::ElementsAre;

Bytes bytes_of(std::string_view text) {
  const ByteView view = as_bytes(text);
  return {view.begin(), view.end()};
}

// A process of a cluster: it serves a store, and talks to its peers.
class Member {
 public:
  explicit Member(std::uint64_t number, Endpoint listen = TcpEndpoint{"127.0.0.1", 0},
                  std::string secret = "secret", PeerTransportOptions options = {})
      : service_(need(StoreService::open(store_))) {
    options.self = NodeId(number);
    options.channel.identity.secret = secret;
    transport_ = std::make_unique<PeerTransport>(io_, *executor_, options);
    transport_->on_message([this](NodeId from, Bytes message) {
      const std::lock_guard lock(mutex_);
      taken_.push_back(fmt::format("{}: {}", from.value(), as_text(message)));
      changed_.notify_all();
    });
    peers_ = std::make_unique<PeerService>(*transport_, *service_);
    server_ =
        need(Server::start(*peers_, {.listen = {std::move(listen)},
                                     .identity = {.cluster_id = "strata", .secret = secret}}));
    client_ = need(RemoteStore::connect(client_of(secret)));
    thread_ = std::jthread([this] { io_.run(); });
  }
  // First nobody calls the transport any more, then its thread ends.
  ~Member() {
    server_.reset();
    on_its_thread([this] {
      transport_.reset();
      executor_.reset();
    });
  }

  Endpoint endpoint() const { return server_->endpoints().front(); }
  RemoteStore& client() { return *client_; }
  ClientOptions client_of(const std::string& secret) const {
    ClientOptions options{.channel = {.endpoint = endpoint()}};
    options.channel.identity.secret = secret;
    return options;
  }

  template <class Do>
  void on_its_thread(Do action) {
    std::promise<void> done;
    executor_->post([&] {
      action();
      done.set_value();
    });
    done.get_future().get();
  }
  void knows(std::uint64_t peer, const Endpoint& endpoint) {
    on_its_thread([&] { transport_->set_peer(NodeId(peer), endpoint); });
  }
  void send(std::uint64_t to, std::string_view message) {
    on_its_thread([&] { transport_->send(NodeId(to), bytes_of(message)); });
  }
  PeerFigures figures() {
    PeerFigures figures;
    on_its_thread([&] {
      transport_->check_invariants();
      figures = transport_->figures();
    });
    return figures;
  }
  PeerTransport& transport() { return *transport_; }
  Server& server() { return *server_; }

  std::vector<std::string> taken() {
    const std::lock_guard lock(mutex_);
    return taken_;
  }
  std::vector<std::string> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return taken_.size() >= count; });
    return taken_;
  }

 private:
  MemoryStore store_;
  std::unique_ptr<StoreService> service_;
  asio::io_context io_{1};
  std::unique_ptr<AsioExecutor> executor_ = std::make_unique<AsioExecutor>(io_, 1);
  std::unique_ptr<PeerTransport> transport_;
  std::unique_ptr<PeerService> peers_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<RemoteStore> client_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> taken_;  // guarded by mutex_
  std::jthread thread_;
};

TEST(Peers, TalkOverThePortOfTheClients) {
  Member one(1);
  Member two(2);
  one.knows(2, two.endpoint());
  two.knows(1, one.endpoint());
  one.send(2, "hello");
  EXPECT_THAT(two.wait_for(1), ElementsAre("1: hello"));
  two.send(1, "");
  two.send(1, "again");
  EXPECT_THAT(one.wait_for(2), ElementsAre("2: ", "2: again"));
  one.send(1, "to myself");
  EXPECT_EQ(one.wait_for(3).back(), "1: to myself");
  ASSERT_TRUE(two.client().put("key", "value").has_value());
  EXPECT_EQ(two.client().get("key").value(), "value");
}

// All that is sent while one request is under way leaves in the next one, in its order.
TEST(Peers, MessagesOfOnePeerKeepTheirOrder) {
  Member one(1);
  Member two(2);
  one.knows(2, two.endpoint());
  constexpr int kMessages = 5000;
  one.on_its_thread([&] {
    for (int i = 0; i < kMessages; ++i)
      one.transport().send(NodeId(2), bytes_of(std::string(300, 'x') + std::to_string(i)));
  });
  const auto taken = two.wait_for(kMessages);
  for (int i = 0; i < kMessages; ++i)
    ASSERT_EQ(taken[static_cast<std::size_t>(i)],
              "1: " + std::string(300, 'x') + std::to_string(i));
}

TEST(Peers, AreConnectedAgainWhenTheyComeBack) {
  Member one(1);
  auto two = std::make_unique<Member>(2);
  const Endpoint place = two->endpoint();
  one.knows(2, place);
  one.send(2, "before");
  two->wait_for(1);
  two.reset();
  one.send(2, "nobody hears this");
  EXPECT_TRUE(testing::eventually([&] { return one.figures().lost > 0; }));
  two = std::make_unique<Member>(2, place);
  EXPECT_TRUE(testing::eventually([&] {
    one.send(2, "hello");
    return !two->taken().empty();
  }));
  EXPECT_EQ(two->taken().front(), "1: hello");
}

TEST(Peers, WithoutTheSecretNobodyIsHeard) {
  Member one(1, TcpEndpoint{"127.0.0.1", 0}, "mine");
  Member two(2, TcpEndpoint{"127.0.0.1", 0}, "another");
  one.knows(2, two.endpoint());
  one.send(2, "hello");
  EXPECT_TRUE(testing::eventually([&] { return one.figures().lost > 0; }));
  EXPECT_TRUE(two.taken().empty());
}

TEST(Peers, AMessageToNobodyIsDropped) {
  Member one(1);
  Member two(2);
  one.send(2, "who is that?");
  EXPECT_EQ(one.figures().dropped, 1u);
  one.knows(2, two.endpoint());
  one.on_its_thread([&] { one.transport().remove_peer(NodeId(2)); });
  one.send(2, "gone");
  EXPECT_EQ(one.figures().dropped, 2u);
}

// A peer that takes nothing: only so much waits for it, and what waits is the newest.
TEST(Peers, TheOldestMessageLeavesAFullQueue) {
  asio::io_context listening;
  asio::ip::tcp::acceptor deaf(listening, {asio::ip::make_address("127.0.0.1"), 0});
  Member one(1, TcpEndpoint{"127.0.0.1", 0}, "secret",
             {.self = {}, .queue_bytes = 1640, .request_bytes = 100});
  one.knows(2, TcpEndpoint{"127.0.0.1", deaf.local_endpoint().port()});
  one.on_its_thread([&] {
    for (int i = 0; i < 100; ++i)
      one.transport().send(NodeId(2), bytes_of(fmt::format("{:0100}", i)));
  });
  EXPECT_EQ(one.figures().dropped, 89u) << "one is under way, and ten wait";
  Member two(2);
  one.knows(2, two.endpoint());
  const auto taken = two.wait_for(10);
  EXPECT_EQ(taken.front(), fmt::format("1: {:0100}", 90));
  EXPECT_EQ(taken.back(), fmt::format("1: {:0100}", 99));
}

// Clients that keep the server as busy as they can do not keep a peer out.
TEST(Peers, AreHeardBesideBusyClients) {
  Member one(1);
  Member two(2);
  one.knows(2, two.endpoint());
  std::atomic<bool> done{false};
  std::vector<std::jthread> clients;
  for (int i = 0; i < 4; ++i)
    clients.emplace_back([&] {
      const auto store = need(RemoteStore::connect(two.client_of("secret")));
      while (!done) EXPECT_TRUE(store->put("key", std::string(100'000, 'v')).has_value());
    });
  for (int i = 0; i < 100; ++i) {
    one.send(2, std::to_string(i));
    two.wait_for(static_cast<std::size_t>(i) + 1);
  }
  done = true;
  EXPECT_EQ(one.figures().lost, 0u);
}

TEST(Peers, AMessageThatIsTooLargeIsDroppedAlone) {
  asio::io_context listening;
  asio::ip::tcp::acceptor deaf(listening, {asio::ip::make_address("127.0.0.1"), 0});
  Member one(1, TcpEndpoint{"127.0.0.1", 0}, "secret", {.self = {}, .queue_bytes = 1640});
  one.knows(2, TcpEndpoint{"127.0.0.1", deaf.local_endpoint().port()});
  for (int i = 0; i < 10; ++i) one.send(2, std::to_string(i));
  one.send(2, std::string(1600, 'x'));
  EXPECT_EQ(one.figures().dropped, 1u);
}

// As a node in a simulated world may.
TEST(Peers, AHandlerMayReplaceItself) {
  Member one(1);
  Member two(2);
  one.knows(2, two.endpoint());
  std::promise<bool> lives;
  two.on_its_thread([&] {
    auto kept = std::make_shared<int>();
    two.transport().on_message([&two, &lives, kept = std::move(kept)](NodeId, const Bytes&) {
      std::promise<bool>& told = lives;
      const std::weak_ptr<int> weak = kept;
      two.transport().on_message({});
      told.set_value(!weak.expired());
    });
  });
  one.send(2, "hello");
  EXPECT_TRUE(lives.get_future().get()) << "the handler was destroyed while it ran";
}

// What a peer's request is answered.
class Asked {
 public:
  Reply reply() {
    return [this](Response response) { answer_ = std::move(response); };
  }
  // 0: with what was asked; nothing, if it was not answered.
  std::optional<proto::Error::Code> code() const {
    if (!answer_) return std::nullopt;
    return answer_->error().code();
  }

 private:
  std::optional<Response> answer_;
};

Request messages_of(std::uint64_t from, std::string messages) {
  proto::PeerMessages body;
  body.set_from(from);
  body.set_messages(std::move(messages));
  return extend(kPeerMessages, body);
}

TEST(Peers, DamagedMessagesAreRefusedAll) {
  Asked taken;  // until the member has ended
  Member two(2);
  const std::string sound("\5\0\0\0sound", 9);
  for (const std::string& damage : {std::string("\5\0\0\0soun", 8), std::string("\5")}) {
    Asked asked;
    two.transport().take(messages_of(1, sound + damage), {}, asked.reply());
    EXPECT_EQ(asked.code(), proto::Error::INVALID_ARGUMENT);
  }
  two.transport().take(messages_of(1, sound), {}, taken.reply());
  EXPECT_THAT(two.wait_for(1), ElementsAre("1: sound"));
}

TEST(Peers, WhatComesTooLateIsThrownAway) {
  Asked late;
  Member two(2);
  two.on_its_thread([&] {
    two.transport().take(messages_of(1, std::string("\4\0\0\0late", 8)),
                         {.deadline = env::system_clock().now()}, late.reply());
  });
  two.send(2, "next");
  EXPECT_THAT(two.wait_for(1), ElementsAre("2: next"));
  EXPECT_EQ(late.code(), proto::Error::DEADLINE);
}

TEST(Peers, WhatIsGivenUpDoesNotArriveLater) {
  Asked given_up;
  Member two(2);
  two.on_its_thread([&] {
    two.transport().take(messages_of(1, std::string("\4\0\0\0gone", 8)), {}, given_up.reply());
    EXPECT_EQ(given_up.code(), std::nullopt);
    two.transport().give_up();
    EXPECT_EQ(given_up.code(), proto::Error::UNAVAILABLE);
  });
  two.send(2, "next");
  EXPECT_THAT(two.wait_for(1), ElementsAre("2: next"));
}

TEST(Peers, AServerStopsOnTheThreadThatWouldTakeItsMessages) {
  Member one(1);
  Member two(2);
  one.knows(2, two.endpoint());
  two.on_its_thread([&] {
    const auto before = two.server().figures().requests;
    one.send(2, "nobody takes it");
    ASSERT_TRUE(testing::eventually([&] { return two.server().figures().requests > before; }));
    two.server().stop(std::chrono::milliseconds(1));
  });
  EXPECT_TRUE(two.taken().empty());
}

// ---- A kind that this week does not know

constexpr MessageKind kGreet{.number = 9901, .answer = 9902, .repeatable = true};

// What a later week would add: a service that knows one kind more.
class Greeter final : public Service {
 public:
  explicit Greeter(Service& rest) : rest_(rest) {}
  void handle(Request request, const Context& context, Reply reply) override {
    if (kind_of(request) != kGreet.number)
      return rest_.handle(std::move(request), context, std::move(reply));
    proto::GetResult name;  // a message of that week
    if (!unpack(request, name))
      return reply(failed(request.id(), proto::Error::INVALID_ARGUMENT, ""));
    name.set_value("hello, " + name.value());
    reply(answered(request, name));
  }

 private:
  Service& rest_;
};

TEST(Extension, ANewKindGoesThroughServersAndRelays) {
  MemoryStore store;
  const auto inner = need(StoreService::open(store));
  Greeter greeter(*inner);
  const ServerOptions anywhere{.listen = {TcpEndpoint{"127.0.0.1", 0}}};
  const auto storage = need(Server::start(greeter, anywhere));
  RelayService relay({.channel = {.endpoint = storage->endpoints().front()}}, "the storage");
  const auto coordinator = need(Server::start(relay, anywhere));
  ClientThread client(
      {.channel = {.endpoint = coordinator->endpoints().front()}, .retries = false});
  proto::GetResult name;
  name.set_value("Ada");
  const Response answer = client.ask(extend(kGreet, name));
  ASSERT_TRUE(unpack(answer, name)) << answer.error().message();
  EXPECT_EQ(name.value(), "hello, Ada");
}

TEST(Extension, AKindThatNobodyKnowsIsRefused) {
  MemoryStore store;
  const auto service = need(StoreService::open(store));
  const auto server = need(Server::start(*service, {.listen = {TcpEndpoint{"127.0.0.1", 0}}}));
  ClientThread client({.channel = {.endpoint = server->endpoints().front()}, .retries = false});
  const Response answer = client.ask(extend(kGreet, proto::GetResult()));
  EXPECT_EQ(answer.error().code(), proto::Error::UNSUPPORTED);
  EXPECT_EQ(answer.error().message(), "a request of a kind that this server does not know");
}

TEST(Extension, WhatItSaysOfItselfDecidesWhatAFailureMeans) {
  const Response unknown = failed(1, proto::Error::UNKNOWN, "");
  const proto::GetResult message;
  for (const bool changes : {false, true})
    for (const bool repeatable : {false, true}) {
      const Request request =
          extend({.number = 1, .answer = 2, .changes = changes, .repeatable = repeatable}, message);
      Attempts attempts;
      EXPECT_EQ(may_change(request), changes);
      EXPECT_EQ(attempts.may_retry(request, unknown), repeatable);
      const Response last = attempts.last(failed(1, proto::Error::UNAVAILABLE, ""));
      EXPECT_EQ(last.error().code(), changes ? proto::Error::UNKNOWN : proto::Error::UNAVAILABLE);
    }
  const Expected expected(extend({.number = 1, .answer = 2}, message));
  Request request = extend({.number = 1, .answer = 2}, message);
  EXPECT_TRUE(expected.matches(answered(request, message)));
  request.mutable_extension()->set_answer(3);
  EXPECT_FALSE(expected.matches(answered(request, message)));
  EXPECT_FALSE(expected.matches(pong(1)));
}

}  // namespace
}  // namespace strata::net
