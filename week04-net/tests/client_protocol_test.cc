// The client's side of a connection, without a connection: what its callers are told, and what the
// server sees.
#include "net/client_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "modelled_connection.h"
#include "random_seeds.h"
#include "testing/sanitizers.h"

namespace strata::net {
namespace {

using env::TimePoint;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;
constexpr std::size_t kAll = 1'000'000;  // bytes
constexpr TimePoint kNever = TimePoint::max();

TimePoint after(int milliseconds) { return TimePoint(std::chrono::milliseconds(milliseconds)); }

// Some requests on one connection, and what their callers were told.
class ClientProtocolTest : public ::testing::Test {
 protected:
  void open() {
    protocol_.connected(std::string(kNonceSize, 'c'));
    send(kAll);
    receive(framed(answer(hello({}, std::string(kNonceSize, 'c'), "test"), {},
                          std::string(kNonceSize, 's'), {})));
    const auto welcome = protocol_.take_welcome();
    EXPECT_TRUE(welcome && protocol_.open());
    // The first request is answered.
    Request ping;
    ping.mutable_ping();
    call("ping", ping);
    send(kAll);
    receive(framed(pong(ping.id())));
    EXPECT_THAT(told_, ElementsAre(Key("ping")));
  }
  void call(const std::string& name, Request& request, TimePoint deadline = kNever) {
    protocol_.call(request, deadline, after(0), [this, name](Response response) {
      EXPECT_TRUE(told_.try_emplace(name, std::move(response)).second) << name << ": told twice";
    });
  }
  // So many bytes leave, if there are so many.
  void send(std::size_t size) {
    while (size > 0) {
      const std::string_view bytes = protocol_.to_send(after(0)).substr(0, size);
      if (bytes.empty()) return;
      sent_ += bytes;
      size -= bytes.size();
      protocol_.taken(bytes.size());
    }
  }
  void receive(std::string_view bytes) {
    protocol_.received(bytes);
    deliver();
  }
  void deliver() {
    while (auto outcome = protocol_.next_outcome()) outcome.reply(std::move(outcome.response));
    protocol_.check_invariants();
  }
  proto::Error::Code code(const std::string& name) const { return told_.at(name).error().code(); }

  // A write of which a part has left, one that waits for its bytes to leave, one in the queue.
  void three_writes(TimePoint deadline) {
    Request large = put_request("large", 50);
    Request next = put_request("next", 200);
    Request last = put_request("last", 50);
    call("large", large, deadline);
    call("next", next, deadline);
    call("last", last, deadline);
    send(1);
  }

  std::map<std::string, Response> told_;
  std::string sent_;
  ClientProtocol protocol_{{.peer = "the server", .buffered = 200}, after(0)};
};

TEST_F(ClientProtocolTest, EachAnswerGoesToTheRequestWithItsId) {
  open();
  Request first = put_request("first", 10);
  Request second = put_request("second", 10);
  call("first", first);
  call("second", second);
  send(kAll);
  receive(framed(pong(12345)) + framed(failed(second.id(), proto::Error::CONFLICT, "")));
  EXPECT_EQ(code("second"), proto::Error::CONFLICT);
  EXPECT_FALSE(told_.contains("first"));
  receive(framed(failed(first.id(), proto::Error::DEADLINE, "")));
  EXPECT_EQ(code("first"), proto::Error::DEADLINE);
}

TEST_F(ClientProtocolTest, AnAnswerOfAnotherKindSaysNothingAboutTheRequest) {
  open();
  Request put = put_request("put", 10);
  call("put", put);
  send(kAll);
  receive(framed(pong(put.id())));
  EXPECT_EQ(code("put"), proto::Error::UNKNOWN);
  EXPECT_TRUE(protocol_.open());
}

TEST_F(ClientProtocolTest, WhenTheConnectionEndsOnlyWhatHasLeftMayBeDone) {
  open();
  three_writes(kNever);
  protocol_.close("it broke");
  deliver();
  EXPECT_EQ(code("large"), proto::Error::UNKNOWN);
  EXPECT_EQ(code("next"), proto::Error::UNAVAILABLE);
  EXPECT_EQ(code("last"), proto::Error::UNAVAILABLE);
  EXPECT_TRUE(protocol_.to_send(after(0)).empty());
}

TEST_F(ClientProtocolTest, WhenTheTimeIsOverOnlyWhatIsInTheQueueIsWithdrawn) {
  open();
  three_writes(after(5));
  protocol_.tick(after(5));
  deliver();
  EXPECT_EQ(code("large"), proto::Error::UNKNOWN);
  EXPECT_EQ(code("next"), proto::Error::UNKNOWN);
  EXPECT_EQ(code("last"), proto::Error::UNAVAILABLE);
  send(kAll);
  EXPECT_THAT(sent_, HasSubstr("next"));
  EXPECT_THAT(sent_, Not(HasSubstr("last")));
}

TEST_F(ClientProtocolTest, TheServersLastWordSaysWhatBecameOfAll) {
  open();
  three_writes(kNever);
  receive(framed(failed(0, proto::Error::UNAVAILABLE, "the server is stopping")));
  for (const std::string name : {"large", "next", "last"}) {
    EXPECT_EQ(code(name), proto::Error::UNAVAILABLE);
    EXPECT_EQ(told_.at(name).error().message(), "the server is stopping");
  }
}

TEST_F(ClientProtocolTest, OnAConnectionThatHasEndedNothingIsSent) {
  open();
  receive(framed(failed(0, proto::Error::UNKNOWN, "something is wrong here")));
  Request late = put_request("late", 10);
  call("late", late);
  deliver();
  EXPECT_EQ(code("late"), proto::Error::UNAVAILABLE);
  EXPECT_EQ(protocol_.failure().code(), proto::Error::UNKNOWN);
  EXPECT_TRUE(protocol_.to_send(after(0)).empty());
}

// Ten million events: --gtest_filter=ClientProtocol.* --gtest_repeat=50 --gtest_shuffle
TEST(ClientProtocol, TellsEachCallerOnceAndTheTruthInAnyOrderOfEvents) {
  constexpr std::uint64_t kEvents = testing::kSanitized ? 20'000 : 200'000;
  std::uint64_t events = 0;
  for (std::uint64_t seed = first_seed(); events < kEvents && !HasFailure(); ++seed) {
    SCOPED_TRACE(again(seed));
    events += ModelledConnection(seed).run();
  }
}

TEST(ClientProtocol, TellsEachCallerOnceAndTheTruthWhenMemoryRunsOut) {
  constexpr std::uint64_t kEvents = testing::kSanitized ? 20'000 : 200'000;
  std::uint64_t events = 0;
  for (std::uint64_t seed = first_seed(); events < kEvents && !HasFailure(); ++seed) {
    SCOPED_TRACE(again(seed));
    events += ModelledConnection(seed, true).run();
  }
}

}  // namespace
}  // namespace strata::net
