// The server's side of a connection, without a connection.
#include "net/server_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "modelled_session.h"
#include "random_seeds.h"
#include "testing/sanitizers.h"

namespace strata::net {
namespace {

using ::testing::ElementsAre;

// Ten million events: --gtest_filter=ServerProtocol.* --gtest_repeat=50 --gtest_shuffle
TEST(ServerProtocol, DoesAsAModelDoesInEveryOrderOfEvents) {
  constexpr std::uint64_t kEvents = testing::kSanitized ? 20'000 : 200'000;
  std::uint64_t events = 0;
  for (std::uint64_t seed = first_seed(); events < kEvents && !HasFailure(); ++seed) {
    SCOPED_TRACE(again(seed));
    events += ModelledSession(seed).run();
  }
}

// One connection whose handshake is over. At most two of its requests are taken at a time.
class OneSession : public ::testing::Test {
 protected:
  OneSession() {
    settings_.limits.connection_requests = 2;
    receive(frame_of(hello({}, std::string(kNonceSize, 'c'), "test")));
    protocol_.taken(protocol_.to_send().size(), now_);
  }

  static std::string frame_of(const google::protobuf::MessageLite& message) {
    std::string frame;
    append_message(message, frame);
    return frame;
  }
  static std::string ping(std::uint64_t id) {
    Request request;
    request.set_id(id);
    request.mutable_ping();
    return frame_of(request);
  }

  // Hands over what may be handed over.
  void go_on() {
    while (const Handed* request = protocol_.next(now_, 0)) handed_.push_back(request);
    protocol_.check_invariants();
  }
  void receive(std::string bytes) {
    protocol_.received(bytes, now_);
    go_on();
    std::ranges::fill(bytes, '#');  // the buffer is used for something else
  }
  void answer(std::size_t at) {
    protocol_.answer(*handed_[at], pong(0), now_, 0);
    go_on();
  }
  std::vector<std::uint64_t> handed() const {
    std::vector<std::uint64_t> ids;
    for (const Handed* request : handed_) ids.push_back(request->id);
    return ids;
  }
  // Takes what is to be sent.
  std::vector<Response> sent() {
    FrameDecoder decoder(kMaxAnswerSize);
    decoder.feed(protocol_.to_send());
    std::vector<Response> all;
    for (auto payload = decoder.next(); payload && *payload; payload = decoder.next())
      parse(**payload, all.emplace_back());
    protocol_.taken(protocol_.to_send().size(), now_);
    return all;
  }
  std::vector<std::uint64_t> sent_ids() {
    std::vector<std::uint64_t> ids;
    for (const Response& response : sent()) ids.push_back(response.id());
    return ids;
  }

  const env::TimePoint now_{};
  ServerProtocol::Settings settings_;
  ServerProtocol protocol_{settings_, std::string(kNonceSize, 's'), now_};
  std::vector<const Handed*> handed_;
};

TEST_F(OneSession, WhatHasArrivedSurvivesAPause) {
  receive(ping(1) + ping(2) + ping(3) + ping(4).substr(0, 5));
  EXPECT_THAT(handed(), ElementsAre(1, 2)) << "there is no room for more";
  EXPECT_FALSE(protocol_.wants_bytes(0));
  answer(0);
  EXPECT_EQ(handed_.back()->id, 3u);
  answer(1);
  EXPECT_TRUE(protocol_.wants_bytes(0));
  receive(ping(4).substr(5));
  EXPECT_EQ(handed_.back()->id, 4u);
  EXPECT_THAT(sent_ids(), ElementsAre(1, 2));
}

TEST_F(OneSession, NothingIsHandedOverAfterTheLastWord) {
  std::string damaged = ping(2);
  damaged.back() = 'X';
  receive(ping(1) + damaged + ping(3));
  EXPECT_THAT(handed(), ElementsAre(1));
  const auto told = sent();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].id(), 0u);
  EXPECT_EQ(told[0].error().code(), proto::Error::UNKNOWN) << "request 1 may be done";
  answer(0);
  EXPECT_TRUE(protocol_.to_send().empty());
  EXPECT_TRUE(protocol_.is_shut());
}

TEST_F(OneSession, AnswersWhatItOwesBeforeItStops) {
  receive(ping(1));
  protocol_.stop(now_);
  receive(ping(2));
  EXPECT_THAT(handed(), ElementsAre(1));
  answer(0);
  const auto told = sent();
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[0].id(), 2u);
  EXPECT_EQ(told[0].error().code(), proto::Error::UNAVAILABLE);
  EXPECT_TRUE(told[1].id() == 1 && told[1].has_pong());
  EXPECT_EQ(told[2].error().code(), proto::Error::UNAVAILABLE) << "nothing is left undone";
}

TEST_F(OneSession, RefusesWhatTooManyServersHavePassedOn) {
  Request request;
  request.mutable_ping();
  for (const std::uint32_t hops : {kMaxHops - 1, kMaxHops}) {
    request.set_id(hops);
    request.set_hops(hops);
    receive(frame_of(request));
  }
  EXPECT_THAT(handed(), ElementsAre(kMaxHops - 1));
  const auto told = sent();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].error().code(), proto::Error::INVALID_ARGUMENT);
}

TEST_F(OneSession, ARequestHasADeadlineFromWhenItArrived) {
  Request request;
  request.set_id(1);
  request.set_timeout_ms(1500);
  request.mutable_ping();
  receive(frame_of(request) + ping(2));
  EXPECT_EQ(handed_[0]->deadline, now_ + std::chrono::milliseconds(1500));
  EXPECT_EQ(handed_[1]->deadline, env::TimePoint::max());
}

TEST_F(OneSession, AnAnswerForWhichThereIsNoMemoryIsStillOwed) {
  receive(ping(1));
  sent();
  for (std::uint64_t at = 0;; ++at) {
    Response large = pong(0);
    large.mutable_get()->set_value(std::string(1000, 'v'));
    try {
      const testing::ScarceMemory scarce(at);
      protocol_.answer(*handed_[0], std::move(large), now_, 0);
      break;
    } catch (const std::bad_alloc&) {
      EXPECT_TRUE(protocol_.to_send().empty());
      protocol_.check_invariants();
    }
    ASSERT_LT(at, 100u);
  }
  EXPECT_THAT(sent_ids(), ElementsAre(1));
}

}  // namespace
}  // namespace strata::net
