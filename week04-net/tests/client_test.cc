// What a client reports about its requests when the other side breaks.
// N3 in common/docs/reliability.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <cerrno>
#include <future>
#include <latch>
#include <optional>
#include <vector>

#include "fake_server.h"
#include "net/client_thread.h"
#include "testing/results.h"
#include "testing/temporary_directory.h"

namespace strata::net {
namespace {

using std::chrono::milliseconds;
using strata::testing::IsOk;
using ::testing::HasSubstr;

Request write_request() {
  Request request;
  proto::Operation& put = *request.mutable_write()->add_operations();
  put.set_kind(proto::Operation::PUT);
  put.set_key("key");
  return request;
}
Request write_with_token() {
  Request request = write_request();
  token_to({.client = 7, .sequence = 1, .settled_below = 1},
           *request.mutable_write()->mutable_token());
  return request;
}
Request read_request() {
  Request request;
  request.mutable_get()->set_key("key");
  return request;
}
Response done(const Request& request) {
  Response response;
  response.set_id(request.id());
  response.mutable_write();
  return response;
}

class ClientTest : public ::testing::Test {
 protected:
  // Asks on another thread, since the test itself is the server.
  std::future<Response> ask(Request request, milliseconds timeout = std::chrono::seconds(20)) {
    request.set_timeout_ms(static_cast<std::uint32_t>(timeout.count()));
    return std::async(std::launch::async,
                      [this, request = std::move(request)] { return client_.ask(request); });
  }
  // The server's end of an open connection: a first request has been answered on it.
  RawPeer connected() {
    auto asked = ask(read_request());
    RawPeer peer = server_.accept();
    const auto first = peer.receive_as<Request>();
    if (!first) throw std::runtime_error(asked.get().error().message());
    peer.send(failed(first->id(), proto::Error::NOT_FOUND, ""));
    asked.wait();
    return peer;
  }
  static proto::Error::Code code(std::future<Response>& asked) {
    return asked.get().error().code();
  }

  FakeServer server_;
  ClientThread client_{{.channel = {.endpoint = server_.endpoint()}}};
};

TEST_F(ClientTest, AWriteWhoseConnectionBreaksMayHaveBeenDone) {
  auto asked = ask(write_request());
  {
    RawPeer peer = server_.accept();
    ASSERT_TRUE(peer.receive_as<Request>()->has_write());
  }
  EXPECT_EQ(code(asked), proto::Error::UNKNOWN);
}

TEST_F(ClientTest, AWriteWithATokenIsSentAgainWithTheSameToken) {
  auto asked = ask(write_with_token());
  std::string first;
  {
    RawPeer peer = server_.accept();
    first = peer.receive_as<Request>()->write().SerializeAsString();
  }
  RawPeer peer = server_.accept();
  const auto again = peer.receive_as<Request>();
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->write().SerializeAsString(), first);
  peer.send(done(*again));
  EXPECT_TRUE(asked.get().has_write());
}

TEST_F(ClientTest, EachAnswerGoesToWhoAskedInWhateverOrderTheyCome) {
  constexpr int kRequests = 10;
  std::vector<std::future<Response>> asked;
  for (int i = 0; i < kRequests; ++i) {
    Request request;
    request.mutable_get()->set_key(std::to_string(i));
    asked.push_back(ask(std::move(request)));
  }
  RawPeer peer = server_.accept();
  std::vector<Request> requests;
  for (int i = 0; i < kRequests; ++i) requests.push_back(peer.receive_as<Request>().value());
  for (int i = 0; i < kRequests; ++i) {
    const Request& request = requests[static_cast<std::size_t>(i * 7 % kRequests)];
    Response answer;
    answer.set_id(request.id());
    answer.mutable_get()->set_value(request.get().key());
    peer.send(answer);
  }
  for (int i = 0; i < kRequests; ++i)
    EXPECT_EQ(asked[static_cast<std::size_t>(i)].get().get().value(), std::to_string(i));
}

TEST_F(ClientTest, AReadIsSentAgain) {
  auto asked = ask(read_request());
  {
    RawPeer peer = server_.accept();
    ASSERT_TRUE(peer.receive_as<Request>()->has_get());
  }
  RawPeer peer = server_.accept();
  Response answer;
  answer.set_id(peer.receive_as<Request>()->id());
  answer.mutable_get()->set_value("value");
  peer.send(answer);
  EXPECT_EQ(asked.get().get().value(), "value");
}

TEST_F(ClientTest, AnAnswerThatIsDamagedTellsNothingOfTheWrite) {
  auto asked = ask(write_request());
  RawPeer peer = server_.accept();
  std::string frame;
  append_message(done(*peer.receive_as<Request>()), frame);
  frame.back() = static_cast<char>(frame.back() ^ 1);
  ASSERT_TRUE(peer.send(frame));
  EXPECT_EQ(code(asked), proto::Error::UNKNOWN);
}

TEST_F(ClientTest, AServerThatStopsSaysThatTheRestWasNotDone) {
  auto asked = ask(write_request());
  RawPeer peer = server_.accept();
  ASSERT_TRUE(peer.receive_as<Request>().has_value());
  peer.send(failed(0, proto::Error::UNAVAILABLE, "the server is stopping"));
  peer.close();
  RawPeer next = server_.accept();  // so it is sent again, although it has no token
  const auto again = next.receive_as<Request>();
  ASSERT_TRUE(again && again->has_write());
  next.send(done(*again));
  EXPECT_TRUE(asked.get().has_write());
}

TEST_F(ClientTest, AWriteThatIsNotAnsweredInTimeMayHaveBeenDone) {
  RawPeer peer = connected();
  auto asked = ask(write_with_token(), milliseconds(500));
  const auto request = peer.receive_as<Request>();
  EXPECT_EQ(code(asked), proto::Error::UNKNOWN);
  peer.send(done(*request));  // too late; it must do no harm
  auto next = ask(write_with_token());
  const auto second = peer.receive_as<Request>();
  ASSERT_TRUE(second.has_value());
  EXPECT_NE(second->id(), request->id());
  peer.send(done(*second));
  EXPECT_TRUE(next.get().has_write());
}

TEST_F(ClientTest, AWriteThatIsGivenUpWhileTheClientConnectsIsNeverSent) {
  auto asked = ask(write_with_token(), milliseconds(100));  // the server is slow to accept
  EXPECT_EQ(code(asked), proto::Error::UNAVAILABLE);
  auto next = ask(read_request());
  RawPeer peer = server_.accept();
  const auto first = peer.receive_as<Request>();
  ASSERT_TRUE(first && first->has_get());
  peer.send(failed(first->id(), proto::Error::NOT_FOUND, ""));
  next.wait();
}

TEST_F(ClientTest, ARequestSaysHowMuchOfItsTimeIsLeft) {
  env::SimulatedClock clock;
  ClientThread client({.channel = {.endpoint = server_.endpoint(), .clock = &clock}});
  Request waiting = read_request();
  waiting.set_timeout_ms(10'000);
  auto asked = std::async(std::launch::async, [&] { return client.ask(waiting); });
  // It waits for the connection.
  RawPeer peer = server_.accept([&] { clock.advance(milliseconds(100)); });
  const auto request = peer.receive_as<Request>();
  if (!request) throw std::runtime_error(asked.get().error().message());
  EXPECT_EQ(request->timeout_ms(), 9'900u);
  peer.send(failed(request->id(), proto::Error::NOT_FOUND, ""));
  asked.wait();
}

// The server reads nothing for a while, until the client can send no more.
TEST_F(ClientTest, NoWriteThatIsCalledNotDoneIsSentLater) {
  constexpr std::size_t kWrites = 10'000;
  std::vector<proto::Error::Code> outcomes(kWrites);
  std::latch answered(kWrites);
  RawPeer peer = connected();
  for (std::size_t i = 0; i < kWrites; ++i) {
    Request request = write_request();
    request.mutable_write()->mutable_operations(0)->set_key(std::to_string(i));
    request.mutable_write()->mutable_operations(0)->set_value(std::string(1024, 'v'));
    request.set_timeout_ms(1000);
    client_.call(std::move(request), [&outcomes, &answered, i](const Response& response) {
      outcomes[i] = response.error().code();
      answered.count_down();
    });
  }
  answered.wait();
  auto last = ask(read_request());
  std::size_t sent = 0;
  for (;;) {
    const Request request = peer.receive_as<Request>().value();
    if (request.has_get()) {
      peer.send(failed(request.id(), proto::Error::NOT_FOUND, ""));
      break;
    }
    ++sent;
    EXPECT_EQ(outcomes.at(std::stoul(request.write().operations(0).key())), proto::Error::UNKNOWN);
  }
  EXPECT_GT(sent, 0u);
  EXPECT_LT(sent, kWrites) << "more has to be sent than the system takes";
  last.wait();
}

// A server that does not accept: so many connections wait that no more may.
TEST(Connecting, WaitsUntilAServerHasRoomForOneMore) {
  const strata::testing::TemporaryDirectory directory;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = directory.path() / "socket";
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const auto* any = reinterpret_cast<const sockaddr*>(&address);
  const int listening = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::bind(listening, any, sizeof(address)), 0);
  ASSERT_EQ(::listen(listening, 1), 0);
  std::vector<int> waiting;
  do {
    waiting.push_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  } while (::connect(waiting.back(), any, sizeof(address)) == 0);
  EXPECT_EQ(errno, EAGAIN);

  asio::io_context io;
  Socket socket(io);
  std::optional<Result<void>> connected;
  const Endpoint endpoint = UnixEndpoint{path};
  asio::co_spawn(io, connect(endpoint, socket),
                 [&](const std::exception_ptr& thrown, Result<void> result) {
                   EXPECT_FALSE(thrown);
                   connected = result;
                 });
  io.run_for(milliseconds(50));
  EXPECT_FALSE(connected.has_value()) << (*connected ? "" : connected->error().message);
  const int accepted = ::accept(listening, nullptr, nullptr);
  io.run();
  EXPECT_THAT(*connected, IsOk());
  for (const int fd : waiting) ::close(fd);
  ::close(accepted);
  ::close(listening);
}

TEST_F(ClientTest, ARequestToNobodyWasNotDone) {
  const Endpoint nobody = [] {
    const FakeServer gone;
    return gone.endpoint();
  }();
  ClientThread client({.channel = {.endpoint = nobody}, .timeout = milliseconds(100)});
  const Response answer = client.ask(write_with_token());
  EXPECT_EQ(answer.error().code(), proto::Error::UNAVAILABLE);
  EXPECT_THAT(answer.error().message(), HasSubstr("Connection refused"));
}

TEST_F(ClientTest, APageOfAScanIsNotAskedForTwice) {
  Request next;
  next.mutable_scan_next()->set_cursor(5);
  next.mutable_scan_next()->set_page(2);
  auto asked = ask(next);
  {
    RawPeer peer = server_.accept();
    ASSERT_TRUE(peer.receive_as<Request>()->has_scan_next());
  }
  EXPECT_EQ(code(asked), proto::Error::UNKNOWN);
}

TEST_F(ClientTest, WhatIsUnderWayIsAnsweredWhenTheClientGoes) {
  auto client =
      std::make_unique<ClientThread>(ClientOptions{.channel = {.endpoint = server_.endpoint()}});
  std::promise<Response> answered;
  client->call(write_request(),
               [&](Response response) { answered.set_value(std::move(response)); });
  RawPeer peer = server_.accept();
  ASSERT_TRUE(peer.receive_as<Request>().has_value());
  client.reset();
  EXPECT_EQ(answered.get_future().get().error().code(), proto::Error::UNKNOWN);
}

}  // namespace
}  // namespace strata::net
