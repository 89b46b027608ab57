// Who may connect to a server, where it listens, and how it ends. N4 and N5 in
// common/docs/reliability.md.
#include <sys/stat.h>

#include "net/relay_service.h"
#include "session_fixture.h"

#include <algorithm>
#include <array>
#include <barrier>
#include <future>
#include <semaphore>
#include <thread>

namespace strata::net {
namespace {

// ---- N5: who may connect

TEST_F(SessionTest, ListensBeyondLoopbackOnlyWithASecret) {
  service_ = need(StoreService::open(store_));
  const Endpoint everywhere = TcpEndpoint{"0.0.0.0", 0};
  const auto refused = Server::start(*service_, {.listen = {everywhere}});
  ASSERT_THAT(refused, FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(refused.error().message, HasSubstr("takes a shared secret"));
  EXPECT_TRUE(
      Server::start(*service_, {.listen = {everywhere},
                                .identity = {.cluster_id = "", .secret = std::string(kSecret)}})
          .has_value());
}

TEST_F(SessionTest, AWrongSecretIsRefusedInOneLine) {
  start({}, {.cluster_id = "", .secret = std::string(kSecret)});
  const auto connect = [this](std::string secret) {
    return RemoteStore::connect(
        {.channel = {.endpoint = at(),
                     .identity = {.cluster_id = "", .secret = std::move(secret)}}});
  };
  EXPECT_TRUE(connect(std::string(kSecret)).has_value());
  EXPECT_THAT(connect("another secret, as long"), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(connect(""), FailsWith(ErrorCode::kInvalidArgument));
}

TEST_F(SessionTest, NothingIsDoneForWhoHasNotProvedThatHeKnowsTheSecret) {
  start({}, {.cluster_id = "", .secret = std::string(kSecret)});
  RawPeer liar(at());
  liar.send(hello({}, std::string(kNonceSize, 'n'), "liar"));
  const auto answer = liar.receive_as<proto::ServerHello>().value();
  ASSERT_TRUE(answer.welcome().wants_proof()) << answer.refusal().message();
  Request write;
  write.set_id(1);
  proto::Operation& put = *write.mutable_write()->add_operations();
  put.set_kind(proto::Operation::PUT);
  put.set_key("key");
  liar.send(write);
  const auto last = liar.response();
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->error().code(), proto::Error::UNAUTHENTICATED);
  EXPECT_EQ(liar.receive(), std::nullopt);
  EXPECT_EQ(need(store_.get("key")), std::nullopt);
}

// ---- Sockets in the file system

TEST_F(SessionTest, ASocketIsForItsOwnerAlone) {
  service_ = need(StoreService::open(store_));
  const strata::testing::TemporaryDirectory directory;
  const std::string path = directory.path() / "socket";
  const Endpoint endpoint = UnixEndpoint{path};
  auto server = need(Server::start(*service_, {.listen = {endpoint}}));
  struct stat found{};
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  EXPECT_THAT(Server::start(*service_, {.listen = {endpoint}}), FailsWith(ErrorCode::kConflict));
  server.reset();
  EXPECT_NE(::stat(path.c_str(), &found), 0) << "it is gone with its server";
}

void leave_a_dead_socket(const std::string& path) {
  const int left = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  ASSERT_EQ(::bind(left, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ::close(left);
}

TEST_F(SessionTest, ASocketThatADeadServerLeftIsReplaced) {
  service_ = need(StoreService::open(store_));
  const strata::testing::TemporaryDirectory directory;
  const Endpoint endpoint = UnixEndpoint{directory.path() / "socket"};
  leave_a_dead_socket(std::get<UnixEndpoint>(endpoint).path);
  EXPECT_TRUE(Server::start(*service_, {.listen = {endpoint}}).has_value());
}

TEST_F(SessionTest, AServerThatStopsLeavesTheSocketOfItsSuccessor) {
  service_ = need(StoreService::open(store_));
  const strata::testing::TemporaryDirectory directory;
  const std::string path = directory.path() / "socket";
  auto first = need(Server::start(*service_, {.listen = {UnixEndpoint{path}}}));
  ::unlink(path.c_str());  // by something that clears the directory
  const auto second = need(Server::start(*service_, {.listen = {UnixEndpoint{path}}}));
  first.reset();
  RawPeer(second->endpoints().front()).shake_hands();
}

TEST_F(SessionTest, OfServersThatStartTogetherOneListens) {
  service_ = need(StoreService::open(store_));
  const strata::testing::TemporaryDirectory directory;
  const Endpoint endpoint = UnixEndpoint{directory.path() / "socket"};
  for (int round = 0; round < 100; ++round) {
    leave_a_dead_socket(std::get<UnixEndpoint>(endpoint).path);
    std::array<std::unique_ptr<Server>, 4> servers;
    std::barrier together(std::ssize(servers));
    {
      std::vector<std::jthread> starting;
      for (auto& server : servers)
        starting.emplace_back([&] {
          together.arrive_and_wait();
          if (auto started = Server::start(*service_, {.listen = {endpoint}}))
            server = *std::move(started);
        });
    }
    EXPECT_EQ(std::ranges::count(servers, nullptr, &std::unique_ptr<Server>::get), 3);
  }
}

// ---- What comes with a request, and what is told of a service

TEST_F(SessionTest, TellsWhatItsServiceTakes) {
  service_ = need(StoreService::open(store_, {.token_lifetime = std::chrono::seconds(77)}));
  start({.connection_bytes = 12'345});
  RawPeer peer(at());
  peer.send(hello({}, std::string(kNonceSize, 'n'), "test"));
  const auto answer = peer.receive_as<proto::ServerHello>().value();
  ASSERT_TRUE(answer.has_welcome()) << answer.refusal().message();
  const proto::Limits& limits = answer.welcome().limits();
  EXPECT_EQ(limits.token_lifetime_seconds(), 77u);
  EXPECT_EQ(limits.in_flight_bytes(), 12'345u);
}

TEST_F(SessionTest, AServiceLearnsThatAPeerIsGone) {
  hold({.idle = milliseconds(500)});
  RawPeer peer = this->peer();
  RawPeer other = this->peer();
  peer.send_get(1, "key");
  held_.wait_for(1);
  other.send_get(1, "key");
  held_.wait_for(2);
  const Context context = held_.context(0);
  EXPECT_NE(context.peer->id, held_.context(1).peer->id);
  EXPECT_FALSE(context.is_cancelled());
  ASSERT_TRUE(peer.send("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_EQ(peer.response()->error().code(), proto::Error::UNKNOWN);
  peer.close();
  EXPECT_TRUE(testing::eventually([&] { return context.is_cancelled(); }));
  EXPECT_FALSE(held_.context(1).is_cancelled());
}

TEST(Relay, PassesOnTheTimeThatIsLeftOneHopMoreAndWhatItWasTold) {
  MemoryStore store;
  const auto last = need(StoreService::open(store, {.token_lifetime = std::chrono::seconds(77)}));
  HoldingService held;
  const auto server = need(Server::start(held, {.listen = {kAnyPort}}));
  const auto told = need(Server::start(*last, {.listen = {kAnyPort}}));
  const LetGo let_go(held);
  env::Clock& clock = env::system_clock();
  Request get;
  get.mutable_get()->set_key("key");
  std::promise<Response> asked;
  auto answer = asked.get_future();
  {
    RelayService relay({.channel = {.endpoint = server->endpoints().front()}}, "the server");
    const auto deadline = clock.now() + std::chrono::seconds(5);
    relay.handle(get, {.deadline = deadline, .hops = 2},
                 [&](Response response) { asked.set_value(std::move(response)); });
    const auto answered = [&] {
      return answer.wait_for(milliseconds(0)) == std::future_status::ready;
    };
    // The first was its own ping.
    ASSERT_TRUE(testing::eventually([&] { return held.count() == 2 || answered(); }));
    ASSERT_FALSE(answered()) << answer.get().error().message();
    EXPECT_EQ(held.context(1).hops, 3u);
    EXPECT_LE(held.context(1).deadline, clock.now() + std::chrono::seconds(5));
    EXPECT_GE(held.context(1).deadline, deadline - std::chrono::seconds(1));
    std::optional<Response> late;
    relay.handle(get, {.deadline = clock.now()},
                 [&](Response answer) { late = std::move(answer); });
    EXPECT_EQ(late.value().error().code(), proto::Error::DEADLINE);
    held.let_go();
  }
  RelayService relay({.channel = {.endpoint = told->endpoints().front()}}, "the server");
  EXPECT_TRUE(testing::eventually([&] { return relay.limits().token_lifetime_seconds() == 77; }));
}

// ---- N4: the end

TEST(Stopping, AnswersWhatIsUnderWayAndRefusesTheRest) {
  HoldingService service;
  auto server = need(Server::start(service, {.listen = {kAnyPort}}));
  RawPeer peer(server->endpoints().front());
  peer.shake_hands();
  peer.send_get(1, "key");
  service.wait_for(1);
  std::jthread stopping([&] { server->stop(std::chrono::seconds(10)); });
  const LetGo let_go(service);
  std::uint64_t id = 2;
  for (;; ++id) {  // until the server is known to be stopping
    peer.send_get(id, "key");
    if (!peer.has_input(100)) continue;
    const auto refused = peer.response();
    ASSERT_TRUE(refused.has_value());
    EXPECT_EQ(refused->error().code(), proto::Error::UNAVAILABLE);
    break;
  }
  // The server must answer the requests that came before it stopped.
  for (std::size_t at = 0; at + 2 < id; ++at) service.answer(at);
  for (std::uint64_t answered = 1; answered < id - 1; ++answered) peer.response();
  service.answer(id - 2);
  EXPECT_TRUE(peer.response()->has_pong());
  const auto last = peer.response();
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->id(), 0u);
  EXPECT_EQ(last->error().code(), proto::Error::UNAVAILABLE) << "nothing unanswered was done";
  EXPECT_EQ(peer.receive(), std::nullopt);
}

TEST_F(SessionTest, StoppingDoesNotWaitForIdleConnections) {
  start();
  RawPeer idle = peer();
  server_->stop(std::chrono::seconds(60));
  EXPECT_EQ(idle.response()->error().code(), proto::Error::UNAVAILABLE);
}

// A service whose pings hold up the thread of the network.
class BlockingService final : public Service {
 public:
  void handle(Request request, const Context&, Reply reply) override {
    if (request.has_write()) ++writes;
    if (request.has_ping()) {
      entered.release();
      go.acquire();
    }
    reply(pong(request.id()));
  }
  std::atomic<int> writes{0};
  std::binary_semaphore entered{0};
  std::binary_semaphore go{0};
};

// A peer ends its frame just when the time for it is over, while another request holds up the
// thread. Its last bytes have arrived, but what it hears may be that they took too long.
void end_a_frame_late(int by_ms) {
  constexpr int kFrameMs = 100;
  const strata::testing::TemporaryDirectory directory;
  BlockingService service;
  const auto server =
      need(Server::start(service, {.listen = {UnixEndpoint{directory.path() / "socket"}},
                                   .limits = {.frame = milliseconds(kFrameMs)}}));
  RawPeer blocker(server->endpoints().front());
  RawPeer slow(server->endpoints().front());
  blocker.shake_hands();
  slow.shake_hands();
  blocker.send_get(2, "key");
  if (const auto ready = blocker.response().value(); ready.has_error())
    throw std::runtime_error(ready.error().message());
  Request write;
  write.set_id(1);
  // The server reads up to 128 KiB at once. So the frame ends with a second read, of a few bytes.
  constexpr std::size_t kRest = (128 << 10) + 200;
  write.mutable_write()->add_operations()->set_value(std::string(kRest + 200, 'v'));
  std::string frame;
  append_message(write, frame);
  slow.send(frame.substr(0, frame.size() - kRest));
  EXPECT_FALSE(slow.has_input(kFrameMs / 2)) << "its beginning has been received";
  Request ping;
  ping.set_id(1);
  ping.mutable_ping();
  blocker.send(ping);
  service.entered.acquire();
  slow.send(std::string_view(frame).substr(frame.size() - kRest));
  EXPECT_FALSE(blocker.has_input(kFrameMs + by_ms));
  service.go.release();
  const auto told = slow.response();  // a last word, or an answer
  const bool not_done = told && told->error().code() == proto::Error::UNAVAILABLE;
  if (not_done) {
    EXPECT_EQ(slow.receive(), std::nullopt);
  }
  EXPECT_EQ(service.writes, not_done ? 0 : 1);
}

// Which of the two comes first, the end of the time or the end of the frame, is up to the system.
TEST(Session, AFrameIsNotDoneAfterTheLastWordThatItTookTooLong) {
  constexpr int kRounds = 4;
  for (int round = 0; round < kRounds; ++round) end_a_frame_late(25 * (round + 1));
}

}  // namespace
}  // namespace strata::net
