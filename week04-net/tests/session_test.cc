// What one connection may do to a server, and what it may not. N1 and N2 in
// common/docs/reliability.md.
#include <asio/io_context.hpp>

#include "net/listener.h"
#include "session_fixture.h"

namespace strata::net {
namespace {

TEST_F(SessionTest, AnswersRequestsThatWereSentTogether) {
  start();
  RawPeer peer = this->peer();
  std::string frames;
  for (std::uint64_t id = 1; id <= 5000; ++id) {
    Request request;
    request.set_id(id);
    request.mutable_ping();
    append_message(request, frames);
  }
  ASSERT_TRUE(peer.send(frames));
  for (std::uint64_t id = 1; id <= 5000; ++id) {
    const auto response = peer.response();
    ASSERT_TRUE(response && response->has_pong());
    ASSERT_EQ(response->id(), id);
  }
}

TEST_F(SessionTest, TakesRequestsInWhateverPiecesTheyCome) {
  start();
  RawPeer peer(at());
  std::string stream;
  append_message(net::hello({}, std::string(kNonceSize, 'n'), "test"), stream);
  Request request;
  request.set_id(9);
  request.mutable_get()->set_key("key");
  append_message(request, stream);
  for (const char byte : stream) ASSERT_TRUE(peer.send(std::string_view(&byte, 1)));
  const auto hello = peer.receive_as<proto::ServerHello>().value();
  ASSERT_TRUE(hello.has_welcome()) << hello.refusal().message();
  EXPECT_EQ(peer.response()->id(), 9u);
}

TEST(Session, AnswersInTheOrderInWhichRequestsAreDone) {
  HoldingService service;
  const auto server = need(Server::start(service, {.listen = {kAnyPort}}));
  const LetGo let_go(service);
  RawPeer peer(server->endpoints().front());
  peer.shake_hands();
  for (const std::uint64_t id : {11U, 12U, 13U}) peer.send_get(id, "key");
  service.wait_for(3);
  for (const std::size_t at : {2U, 0U, 1U}) {
    service.answer(at);
    EXPECT_EQ(peer.response()->id(), 11 + at);
  }
}

TEST_F(SessionTest, AnswersAPeerThatHasNothingMoreToSay) {
  start();
  RawPeer peer = this->peer();
  peer.send_get(1, "key");
  peer.close_writing();
  EXPECT_EQ(peer.response()->id(), 1u);
  EXPECT_EQ(peer.receive(), std::nullopt);
}

// ---- N1: nonsense

class Nonsense : public SessionTest {
 protected:
  // Sends something after a good handshake: the server must answer at once with an error about the
  // connection and close it, and other connections go on.
  void expect_refused(std::string_view bytes, std::string_view message) {
    RawPeer peer = this->peer();
    ASSERT_TRUE(peer.send(bytes));
    const auto last = peer.response(1000);
    ASSERT_TRUE(last.has_value());
    EXPECT_EQ(last->id(), 0u);
    EXPECT_THAT(last->error().message(), HasSubstr(std::string(message)));
    EXPECT_EQ(peer.receive(1000), std::nullopt);
    peer.close();
    wait_for_connections(0);
    EXPECT_EQ(server_->figures().in_flight_bytes, 0u);
    expect_good_service();
    wait_for_connections(0);
  }
};

TEST_F(Nonsense, ClosesTheConnectionWithAnError) {
  start();
  expect_refused("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "where 68157440 are allowed");
  std::string damaged;
  append_frame("payload", damaged);
  damaged.back() = 'X';
  expect_refused(damaged, "checksum");
  std::string empty;
  append_frame("", empty);
  expect_refused(empty, "no request");
  std::string no_message;
  append_frame("\xff\xff\xff\xff", no_message);
  expect_refused(no_message, "no request");
  std::string no_id;
  Request request;
  request.mutable_ping();
  append_message(request, no_id);
  expect_refused(no_id, "no request");
}

TEST(Session, NonsenseBehindARequestLeavesItsOutcomeUnknown) {
  HoldingService service;
  const auto server = need(Server::start(service, {.listen = {kAnyPort}}));
  const LetGo let_go(service);
  RawPeer peer(server->endpoints().front());
  peer.shake_hands();
  peer.send_get(1, "key");
  service.wait_for(1);
  ASSERT_TRUE(peer.send("GET / HTTP/1.1\r\n\r\n"));
  const Response last = peer.response().value();
  EXPECT_EQ(last.id(), 0u);
  EXPECT_EQ(last.error().code(), proto::Error::UNKNOWN);
}

TEST_F(Nonsense, InsteadOfAHelloGetsNoMemory) {
  start();
  std::string large;
  append_frame(std::string(kMaxHelloSize + 1, 'x'), large);
  for (const std::string& bytes : {large, std::string("SSH-2.0-OpenSSH_9.2\r\n")}) {
    RawPeer peer(at());
    ASSERT_TRUE(peer.send(bytes));
    const auto refusal = peer.receive_as<proto::ServerHello>(1000);
    ASSERT_TRUE(refusal.has_value());
    EXPECT_TRUE(refusal->has_refusal());
    EXPECT_EQ(peer.receive(1000), std::nullopt);
  }
  expect_good_service();
}

TEST_F(Nonsense, ALargeFrameThatIsNeverSentTakesNoMemory) {
  start();
  RawPeer peer = this->peer();
  std::string header;
  append_frame(std::string(std::size_t{16} << 20, 'x'), header);
  ASSERT_TRUE(peer.send(header.substr(0, 1000)));
  peer.close();
  wait_for_connections(0);
  expect_good_service();
}

TEST_F(Nonsense, RandomBytesNeverBringItDown) {
  start();
  env::Random random(5);
  for (int round = 0; round < 200; ++round) {
    RawPeer peer = round % 2 == 0 ? RawPeer(at()) : this->peer();
    std::string bytes(1 + random.below(200), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random.next());
    if (random.one_in(2)) {  // inside a valid frame
      std::string frame;
      append_frame(bytes, frame);
      bytes = frame;
    }
    peer.send(bytes);
  }
  wait_for_connections(0);
  expect_good_service();
}

// ---- N2: slow, silent, and too many

TEST_F(SessionTest, ClosesAConnectionThatDoesNotIntroduceItself) {
  start({.handshake = milliseconds(500)});
  RawPeer silent(at());
  expect_ended(silent, "the handshake takes too long");
  RawPeer half(at());
  std::string start;
  append_message(hello({}, std::string(kNonceSize, 'n'), "test"), start);
  ASSERT_TRUE(half.send(start.substr(0, 10)));
  expect_ended(half, "the handshake takes too long");
  expect_good_service();
}

TEST_F(SessionTest, ClosesAConnectionThatNeverEndsItsFrame) {
  start({.frame = milliseconds(50)});
  RawPeer slow = this->peer();
  std::string frame;
  append_frame(std::string(1000, 'x'), frame);
  ASSERT_TRUE(slow.send(frame.substr(0, 500)));
  expect_ended(slow, "a frame takes too long");
}

TEST_F(SessionTest, ClosesAConnectionThatSendsAByteNowAndThen) {
  start({.frame = milliseconds(300)});
  RawPeer slow = this->peer();
  std::string frame;
  append_frame(std::string(1000, 'x'), frame);
  for (const char byte : frame) {
    if (slow.has_input(20)) break;
    ASSERT_TRUE(slow.send(std::string_view(&byte, 1)));
  }
  expect_ended(slow, "a frame takes too long");
}

TEST_F(SessionTest, ClosesAConnectionThatIsIdle) {
  start({.idle = milliseconds(200)});
  RawPeer idle = this->peer();
  expect_ended(idle, "idle for too long");
}

TEST_F(SessionTest, KeepsAConnectionWhoseRequestTakesLong) {
  hold({.idle = milliseconds(500)});
  RawPeer peer = this->peer();
  peer.send_get(1, "key");
  held_.wait_for(1);
  RawPeer idle = this->peer();
  expect_ended(idle, "idle for too long");  // long enough for that
  held_.answer(0);
  EXPECT_EQ(peer.response()->id(), 1u);
}

TEST_F(SessionTest, APeerThatTakesNoAnswersHoldsOnlySoMuch) {
  const ServerLimits limits{
      .connection_bytes = 1 << 20, .answer_bytes = 4 << 20, .send = milliseconds(500)};
  start(limits);
  need(store_.put("large", std::string(1 << 20, 'v')));
  RawPeer greedy = this->peer();
  std::string frames;
  for (std::uint64_t id = 1; id <= 1000; ++id) {  // a gigabyte of answers
    Request request;
    request.set_id(id);
    request.mutable_get()->set_key("large");
    append_message(request, frames);
  }
  std::jthread sender([&] { greedy.send(frames); });
  std::size_t most = 0;
  while (server_->figures().refused == 0)  // until it is disconnected
    most = std::max(most, server_->figures().in_flight_bytes);
  EXPECT_LE(most, limits.connection_bytes + limits.answer_bytes);
  wait_for_connections(0);
  EXPECT_EQ(server_->figures().in_flight_bytes, 0u);
  expect_good_service();
}

TEST_F(SessionTest, UnfinishedFramesAreCountedAndWhoHoldsTheMostGoes) {
  start({.total_bytes = 2 << 20});
  const auto frame_of_get = [](std::size_t key_size) {
    Request request;
    request.set_id(1);
    request.mutable_get()->set_key(std::string(key_size, 'k'));
    std::string frame;
    append_message(request, frame);
    return frame;
  };
  RawPeer some = peer();
  const std::string small = frame_of_get(300 << 10);
  some.send(small.substr(0, 200 << 10));
  wait_until([](const ServerFigures& figures) { return figures.in_flight_bytes >= 200 << 10; });
  RawPeer most = peer();
  most.send(frame_of_get(4 << 20).substr(0, 3 << 20));
  wait_until([](const ServerFigures& figures) { return figures.refused == 1; });
  some.send(small.substr(200 << 10));
  EXPECT_EQ(some.response().value().id(), 1u);
  wait_until([](const ServerFigures& figures) { return figures.in_flight_bytes == 0; });
}

TEST_F(SessionTest, AFrameThatHasBeenHandedOverCountsOnce) {
  hold();
  RawPeer peer = this->peer();
  const std::size_t size = std::size_t{8} << 20;  // above what a connection may have in flight
  peer.send_get(1, std::string(size, 'k'));
  held_.wait_for(1);
  peer.send_get(2, "key");  // put aside; the first has left the decoder
  RawPeer other = this->peer();
  other.send_get(3, "key");
  held_.wait_for(2);
  EXPECT_LT(server_->figures().in_flight_bytes, size + (64 << 10));
}

TEST_F(SessionTest, WhoGoesForHoldingTheMostLeavesNothingButHisRequests) {
  hold({.total_bytes = 1 << 20});
  RawPeer peer = this->peer();
  peer.send_get(1, "key");
  held_.wait_for(1);
  std::string frame;
  append_frame(std::string(4 << 20, 'x'), frame);
  peer.send(std::string_view(frame).substr(0, 3 << 20));
  wait_until([](const ServerFigures& figures) { return figures.refused == 1; });
  // Its request is still in flight.
  wait_until([](const ServerFigures& figures) { return figures.in_flight_bytes < 1000; });
}

// Peers that ask for much and take none of it, until the server has no room.
class Greedy : public SessionTest {
 protected:
  void fill(std::chrono::milliseconds full) {
    start({.connection_bytes = 1 << 20, .total_bytes = 4 << 20, .full = full});
    need(store_.put("large", std::string(1 << 20, 'v')));
    for (int i = 0; i < 8; ++i) {
      greedy_.push_back(peer());
      std::string frames;
      for (std::uint64_t id = 1; id <= 20; ++id) {
        Request request;
        request.set_id(id);
        request.mutable_get()->set_key("large");
        append_message(request, frames);
      }
      greedy_.back().send(frames);  // on a slow machine the peer may have been closed already
    }
  }

  std::vector<RawPeer> greedy_;
};

TEST_F(Greedy, DoNotStopWhoWaitsForEachAnswer) {
  fill(std::chrono::hours(1));
  wait_until([](const ServerFigures& figures) { return figures.in_flight_bytes > 4 << 20; });
  RawPeer modest = peer();
  for (std::uint64_t id = 1; id <= 20; ++id) {
    modest.send_get(id, "none");
    ASSERT_EQ(modest.response().value().id(), id);
  }
  EXPECT_GT(server_->figures().in_flight_bytes, 4u << 20);
  EXPECT_EQ(server_->figures().refused, 0u) << "nobody had to go for that";
}

TEST_F(Greedy, GoWhenThereHasBeenNoRoomForLong) {
  fill(std::chrono::milliseconds(100));
  wait_until([](const ServerFigures& figures) {
    return figures.refused > 0 && figures.in_flight_bytes <= 4 << 20;
  });
}

TEST_F(SessionTest, RefusesAWriteOfTooManyOperationsBeforeThereIsRoomForThem) {
  start();
  std::string operations;
  for (std::size_t i = 0; i <= kMaxParts; ++i)
    operations += std::string_view("\x0a\0", 2);  // an operation of no bytes
  std::string payload = "\x08\x01\x22";           // id 1, and a write
  for (std::size_t left = operations.size(); left != 0; left >>= 7)
    payload += static_cast<char>((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
  payload += operations;
  std::string frame;
  append_frame(payload, frame);
  RawPeer peer = this->peer();
  peer.send(frame);
  const auto refused = peer.response().value();
  EXPECT_EQ(refused.id(), 1u);
  EXPECT_THAT(refused.error().message(), HasSubstr("operations and conditions, where 65536 are"));
  peer.send_get(2, "key");
  EXPECT_EQ(peer.response().value().id(), 2u);
}

TEST_F(SessionTest, ASlowReaderGetsAllItsAnswers) {
  start({.connection_bytes = 64 << 10});
  need(store_.put("value", std::string(10'000, 'v')));
  RawPeer slow = this->peer();
  std::string frames;
  for (std::uint64_t id = 1; id <= 2000; ++id) {
    Request request;
    request.set_id(id);
    request.mutable_get()->set_key("value");
    append_message(request, frames);
  }
  std::jthread sender([&] { slow.send(frames); });
  for (std::uint64_t id = 1; id <= 2000; ++id) {
    const auto response = slow.response();
    ASSERT_TRUE(response.has_value());
    ASSERT_EQ(response->id(), id);
    ASSERT_EQ(response->get().value().size(), 10'000u);
  }
}

TEST_F(SessionTest, AWritesAnswerIsSentHoweverLittleRoomThereIs) {
  start({.connection_bytes = 1, .answer_bytes = 0});
  RawPeer peer = this->peer();
  Request write;
  write.set_id(1);
  proto::Operation& put = *write.mutable_write()->add_operations();
  put.set_kind(proto::Operation::PUT);
  put.set_key("key");
  peer.send(write);
  EXPECT_TRUE(peer.response().value().has_write()) << "it has been done";
  peer.send_get(2, "key");
  EXPECT_EQ(peer.response().value().error().code(), proto::Error::UNAVAILABLE);
  EXPECT_EQ(server_->figures().shed, 1u);
}

TEST_F(SessionTest, ANameIsListenedAt) {
  if (!service_) service_ = need(StoreService::open(store_));
  server_ = need(Server::start(*service_, {.listen = {TcpEndpoint{"localhost", 0}}}));
  ASSERT_EQ(server_->endpoints().size(), 1u);
  EXPECT_GT(std::get<TcpEndpoint>(at()).port, 0);
  expect_good_service();
}

// An address of a kind that this machine does not have is left out.
TEST(Listener, ListensAtAllAddressesOfAName) {
  using asio::ip::make_address;
  asio::io_context io;
  const auto all =
      need(Listener::open_all(io, {"a.name", 0},
                              {{make_address("127.0.0.1"), 0},
                               {make_address("192.0.2.1"), 0},  // for documentation only
                               {make_address("127.0.0.2"), 0}}));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(text_of(all[0]->endpoint()), text_of(all[1]->endpoint()));
  const std::uint16_t port = std::get<TcpEndpoint>(all[0]->endpoint()).port;
  for (const char* address : {"127.0.0.1", "127.0.0.2"}) {
    asio::ip::tcp::socket peer(io);
    asio::error_code error;
    peer.connect({make_address(address), port}, error);
    EXPECT_FALSE(error) << address << ": " << error.message();
  }
}

TEST_F(SessionTest, RefusesMoreConnectionsThanItMayHave) {
  start({.connections = 2});
  RawPeer first = peer();
  RawPeer second = peer();
  RawPeer third(at());
  EXPECT_THAT(third.receive_as<proto::ServerHello>()->refusal().message(),
              HasSubstr("as many connections"));
  EXPECT_EQ(third.receive(), std::nullopt);
  first.close();
  wait_for_connections(1);
  expect_good_service();
}

}  // namespace
}  // namespace strata::net
