// Who may connect to a server, where it listens, and how it ends. N4 and N5 in
// common/docs/reliability.md.
#include <sys/stat.h>

#include "session_fixture.h"

#include <algorithm>
#include <array>
#include <barrier>
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
  ASSERT_TRUE(liar.receive_as<proto::ServerHello>()->welcome().wants_proof());
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

}  // namespace
}  // namespace strata::net
