// What one peer may take of what a server has, so that others have enough. N2 in
// common/docs/reliability.md.
#include <sys/resource.h>

#include <vector>

#include "net/read_forecast.h"
#include "session_fixture.h"

namespace strata::net {
namespace {

TEST_F(SessionTest, AConnectionHasItsShareOfTheClientsThatAreRemembered) {
  start({.clients = 2});
  expect_good_service();
  const auto answer_to_a_write_of = [](std::uint64_t client, RawPeer& peer) {
    Request write;
    write.set_id(client);
    token_to({.client = client, .sequence = 1, .settled_below = 1},
             *write.mutable_write()->mutable_token());
    peer.send(write);
    return peer.response().value();
  };
  RawPeer full = peer();
  for (const std::uint64_t client : {1U, 2U, 1U, 2U})
    EXPECT_TRUE(answer_to_a_write_of(client, full).has_write()) << client;
  EXPECT_EQ(answer_to_a_write_of(3, full).error().code(), proto::Error::UNAVAILABLE);
  RawPeer other = peer();
  EXPECT_TRUE(answer_to_a_write_of(3, other).has_write());
}

TEST_F(SessionTest, AConnectionMayWriteForAnyNumberOfClientsIfTheServerSaysSo) {
  start({.clients = std::nullopt});
  expect_good_service();
  RawPeer peer = this->peer();
  for (std::uint64_t client = 1; client <= 200; ++client) {
    Request write;
    write.set_id(client);
    token_to({.client = client, .sequence = 1, .settled_below = 1},
             *write.mutable_write()->mutable_token());
    peer.send(write);
    ASSERT_TRUE(peer.response().value().has_write()) << client;
  }
}

TEST(ReadForecast, ExpectsAnswersAsLargeAsTheLargestOfTheLast) {
  ReadForecast reads;
  for (int i = 0; i < 100; ++i) reads.asked();
  EXPECT_GT(reads.bytes(), 4u << 20) << "nothing is known, so a guess has to do";
  for (int i = 0; i < 50; ++i) reads.answered(100);
  EXPECT_EQ(reads.bytes(), 50 * 100u);
  reads.failed();
  reads.answered(16 << 20);
  EXPECT_EQ(reads.bytes(), 48 * (std::size_t{16} << 20));
}

// The requests are small; what they ask for is not.
TEST_F(SessionTest, TakesOnlySoManyReadsAsItsAnswersHaveRoom) {
  start();
  expect_good_service();
  server_.reset();
  hold({.connection_bytes = 1 << 20});
  RawPeer peer = this->peer();
  for (std::uint64_t id = 1; id <= 20; ++id) peer.send_get(id, "key");
  held_.wait_for(1);
  RawPeer other = this->peer();
  other.send_get(1, "key");
  held_.wait_for(2);
  EXPECT_EQ(server_->figures().requests, 2u) << "nobody knows how large the first answer will be";
}

TEST_F(SessionTest, StrangersMakeWayForThoseWhoComeAfterThem) {
  start({.connections = 8, .strangers = 2, .handshake = std::chrono::hours(1)});
  std::vector<RawPeer> strangers;
  for (int i = 0; i < 10; ++i) strangers.emplace_back(at());
  expect_good_service();
  EXPECT_THAT(strangers.front().receive_as<Response>()->error().message(),
              HasSubstr("others wait"));
  EXPECT_EQ(strangers.front().receive(), std::nullopt);
}

TEST_F(SessionTest, LeavesAThirdOfTheDescriptorsToTheStore) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = 96;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  start({.strangers = 1000});
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  expect_good_service();
  wait_for_connections(0);
  std::vector<RawPeer> peers;
  for (int i = 0; i < 64; ++i) peers.push_back(peer());
  RawPeer refused(at());
  EXPECT_THAT(refused.receive_as<proto::ServerHello>()->refusal().message(),
              HasSubstr("as many connections"));
}

}  // namespace
}  // namespace strata::net
