// The worked examples of FORMAT.md are what the code writes.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "need.h"
#include "net/frame.h"
#include "net/handshake.h"
#include "net/hidden_keys.h"
#include "net/messages.h"
#include "net/service.h"
#include "net/wire_capture.h"
#include "testing/golden.h"
#include "testing/temporary_directory.h"

namespace strata::net {
namespace {

using strata::testing::golden_hex;
using strata::testing::to_hex;

constexpr std::string_view kExampleClientNonce = "0123456789abcdef";
constexpr std::string_view kExampleServerNonce = "fedcba9876543210";
const Identity kServer{
    .cluster_id = "strata", .secret = "a secret of some length", .durable = true};
const Identity kClient{.cluster_id = "strata", .secret = "a secret of some length"};

std::string frame_hex(const google::protobuf::MessageLite& message) {
  std::string frame;
  append_message(message, frame);
  return to_hex(as_bytes(frame));
}

proto::ServerHello welcome() {
  proto::Limits limits;
  limits.set_frame_bytes(std::uint64_t{65} << 20);
  return answer(hello(kClient, kExampleClientNonce, "example"), kServer, kExampleServerNonce,
                limits);
}

TEST(NetFormat, AHandshakeIsAsFormatMdShowsIt) {
  EXPECT_EQ(frame_hex(hello(kClient, kExampleClientNonce, "example")), golden_hex("hello"));
  EXPECT_EQ(frame_hex(welcome()), golden_hex("welcome"));
  EXPECT_EQ(frame_hex(*need(accept(welcome(), kClient, kExampleClientNonce))), golden_hex("proof"));
}

TEST(NetFormat, ARequestAndItsAnswersAreAsFormatMdShowsThem) {
  Request request;
  request.set_id(1);
  request.set_timeout_ms(10'000);
  proto::Write& write = *request.mutable_write();
  proto::Operation& put = *write.add_operations();
  put.set_kind(proto::Operation::PUT);
  put.set_key("user:1");
  put.set_value("Ada");
  proto::Condition& condition = *write.add_conditions();
  condition.set_key("user:1");
  condition.set_absent(true);
  token_to({.client = 0x0123456789abcdef, .sequence = 1, .settled_below = 1},
           *write.mutable_token());
  EXPECT_EQ(frame_hex(request), golden_hex("write"));
  Response done;
  done.set_id(1);
  done.mutable_write();
  EXPECT_EQ(frame_hex(done), golden_hex("done"));
  EXPECT_EQ(frame_hex(failed(0, proto::Error::UNAVAILABLE, "the server is stopping")),
            golden_hex("last"));
}

TEST(NetFormat, ATokenRecordIsAsFormatMdShowsIt) {
  TokenTable table;
  const std::uint64_t client = 0x0123456789abcdef;
  for (const std::uint64_t sequence : {3u, 5u})
    table.done({.client = client, .sequence = sequence, .settled_below = 3},
               std::chrono::seconds(90'000));
  EXPECT_EQ(to_hex(as_bytes(token_key(client))), golden_hex("token-key"));
  EXPECT_EQ(to_hex(as_bytes(table.record_of(client))), golden_hex("token-record"));
}

TEST(NetFormat, ACaptureIsAsFormatMdShowsIt) {
  const strata::testing::TemporaryDirectory directory;
  const std::string path = directory.path() / "capture";
  const auto capture = need(WireCapture::create(path));
  Response pong;
  pong.set_id(1);
  pong.mutable_pong();
  std::string frame;
  append_message(pong, frame);
  capture->frames(7, Direction::kToClient, frame);
  need(capture->finish());
  std::stringstream bytes;
  bytes << std::ifstream(path).rdbuf();
  std::string text = bytes.str();
  text.replace(9, 8, std::string("\xe8\x03\0\0\0\0\0\0", 8));  // when: a millisecond
  EXPECT_EQ(to_hex(as_bytes(text)), golden_hex("capture"));
}

}  // namespace
}  // namespace strata::net
