#include "net/handshake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/results.h"

namespace strata::net {
namespace {

using strata::testing::FailsWith;
using ::testing::HasSubstr;

const std::string kClientNonce(kNonceSize, 'c');
const std::string kServerNonce(kNonceSize, 's');
constexpr std::string_view kSecret = "a secret of some length";

Identity server(std::string_view secret = {}) {
  return {.cluster_id = "test", .secret = std::string(secret), .durable = true};
}
Identity client(std::string_view secret = {}) {
  return {.cluster_id = "", .secret = std::string(secret)};
}
proto::ServerHello meet(const Identity& client, const Identity& server) {
  return answer(hello(client, kClientNonce, "test"), server, kServerNonce, {});
}

TEST(Handshake, WelcomesAClientOfTheSameVersion) {
  const auto answer = meet(client(), server());
  ASSERT_TRUE(answer.has_welcome());
  EXPECT_EQ(answer.welcome().version(), kProtocolVersion);
  EXPECT_EQ(answer.welcome().cluster_id(), "test");
  EXPECT_TRUE(answer.welcome().durable());
  EXPECT_FALSE(accept(answer, client(), kClientNonce).value().has_value());
}

TEST(Handshake, RefusesAClientThatSpeaksNoCommonVersion) {
  proto::ClientHello newer = hello(client(), kClientNonce, "test");
  newer.set_oldest_version(kProtocolVersion + 1);
  newer.set_newest_version(kProtocolVersion + 2);
  const auto refused = answer(newer, server(), kServerNonce, {});
  EXPECT_THAT(accept(refused, client(), kClientNonce), FailsWith(ErrorCode::kUnsupported));
  newer.set_oldest_version(kProtocolVersion);
  EXPECT_TRUE(answer(newer, server(), kServerNonce, {}).has_welcome());
}

TEST(Handshake, RefusesWhoMeansAnotherCluster) {
  Identity other = client();
  other.cluster_id = "other";
  const auto refused = meet(other, server());
  ASSERT_TRUE(refused.has_refusal());
  EXPECT_THAT(refused.refusal().message(), HasSubstr("this is cluster test, not other"));
}

TEST(Handshake, RefusesANonceThatIsNone) {
  EXPECT_TRUE(answer(hello(client(), "short", "test"), server(), kServerNonce, {}).has_refusal());
}

TEST(Handshake, BothProveThatTheyKnowTheSecret) {
  const auto welcome = meet(client(kSecret), server(kSecret));
  ASSERT_TRUE(welcome.welcome().wants_proof());
  const auto proof = accept(welcome, client(kSecret), kClientNonce).value();
  ASSERT_TRUE(proof.has_value());
  EXPECT_TRUE(proves(*proof, kClientNonce, kServerNonce, kSecret));
}

TEST(Handshake, TheSecretItselfDoesNotTravel) {
  const auto welcome = meet(client(kSecret), server(kSecret));
  const auto proof = accept(welcome, client(kSecret), kClientNonce).value();
  EXPECT_THAT(welcome.SerializeAsString(), ::testing::Not(HasSubstr(std::string(kSecret))));
  EXPECT_THAT(proof->SerializeAsString(), ::testing::Not(HasSubstr(std::string(kSecret))));
}

TEST(Handshake, AProofIsGoodForOneConnectionAndOneRole) {
  const auto welcome = meet(client(kSecret), server(kSecret));
  const auto proof = accept(welcome, client(kSecret), kClientNonce).value();
  const std::string other(kNonceSize, 'o');
  EXPECT_FALSE(proves(*proof, kClientNonce, other, kSecret));
  EXPECT_FALSE(proves(*proof, other, kServerNonce, kSecret));
  EXPECT_FALSE(proves(*proof, kClientNonce, kServerNonce, "another secret, as long"));
  proto::ClientProof reflected;
  reflected.set_proof(welcome.welcome().proof());
  EXPECT_FALSE(proves(reflected, kClientNonce, kServerNonce, kSecret));
  EXPECT_FALSE(proves({}, kClientNonce, kServerNonce, kSecret));
}

TEST(Handshake, AClientRefusesAServerThatDoesNotKnowTheSecret) {
  for (const Identity& stranger : {server("another secret, as long"), server()}) {
    const auto met = accept(meet(client(kSecret), stranger), client(kSecret), kClientNonce);
    ASSERT_THAT(met, FailsWith(ErrorCode::kInvalidArgument));
    EXPECT_THAT(met.error().message, HasSubstr("does not know the secret"));
  }
}

TEST(Handshake, AClientWithoutASecretIsToldThatItNeedsOne) {
  const auto met = accept(meet(client(), server(kSecret)), client(), kClientNonce);
  ASSERT_THAT(met, FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(met.error().message, HasSubstr("asks for a secret"));
}

TEST(Handshake, AClientRefusesAnAnswerThatIsNone) {
  EXPECT_THAT(accept({}, client(), kClientNonce), FailsWith(ErrorCode::kCorruption));
  proto::ServerHello other = meet(client(), server());
  other.mutable_welcome()->set_version(kProtocolVersion + 1);
  EXPECT_THAT(accept(other, client(), kClientNonce), FailsWith(ErrorCode::kUnsupported));
}

TEST(Handshake, NoncesAreFresh) {
  const std::string nonce = fresh_nonce(env::system_entropy());
  EXPECT_EQ(nonce.size(), kNonceSize);
  EXPECT_NE(nonce, fresh_nonce(env::system_entropy()));
}

}  // namespace
}  // namespace strata::net
