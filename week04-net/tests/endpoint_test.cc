#include "net/endpoint.h"

#include <gtest/gtest.h>

#include "testing/results.h"

namespace strata::net {
namespace {

using strata::testing::FailsWith;

TEST(Endpoint, IsAHostAndAPort) {
  EXPECT_EQ(parse_endpoint("localhost:4400").value(), Endpoint(TcpEndpoint{"localhost", 4400}));
  EXPECT_EQ(parse_endpoint("127.0.0.1:0").value(), Endpoint(TcpEndpoint{"127.0.0.1", 0}));
  EXPECT_EQ(parse_endpoint("[::1]:65535").value(), Endpoint(TcpEndpoint{"::1", 65535}));
}

TEST(Endpoint, OrAPath) {
  EXPECT_EQ(parse_endpoint("unix:/tmp/a b").value(), Endpoint(UnixEndpoint{"/tmp/a b"}));
}

TEST(Endpoint, ComesBackFromItsText) {
  for (const std::string_view text : {"localhost:4400", "[::1]:80", "unix:relative/path"})
    EXPECT_EQ(text_of(parse_endpoint(text).value()), text);
}

TEST(Endpoint, IsNothingElse) {
  for (const std::string_view text : {"", "localhost", ":80", "host:", "host:port", "host:65536",
                                      "host:-1", "host:80 ", "::1:80", "[]:80", "unix:"})
    EXPECT_THAT(parse_endpoint(text), FailsWith(ErrorCode::kInvalidArgument)) << text;
  EXPECT_THAT(parse_endpoint("unix:" + std::string(200, 'x')),
              FailsWith(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace strata::net
