// A server that sends what a test tells it to send.
#pragma once

#include <functional>

#include "raw_peer.h"

namespace strata::net {

class FakeServer {
 public:
  FakeServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    // First on the test's own thread: a task that is not written yet throws here.
    std::string frame;
    append_frame("", frame);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_, generic, size), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    EXPECT_EQ(::getsockname(listener_, generic, &size), 0);
    endpoint_ = TcpEndpoint{"127.0.0.1", ntohs(address.sin_port)};
  }
  ~FakeServer() { ::close(listener_); }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  const Endpoint& endpoint() const { return endpoint_; }

  // Accepts the next client and welcomes it. Calls `before_welcome` when its hello has come.
  RawPeer accept(const std::function<void()>& before_welcome = [] {}) {
    pollfd waited{.fd = listener_, .events = POLLIN, .revents = 0};
    if (::poll(&waited, 1, 10'000) != 1) throw std::runtime_error("nobody connects");
    RawPeer peer(::accept(listener_, nullptr, nullptr));
    const auto hello = peer.receive_as<proto::ClientHello>();
    if (!hello) throw std::runtime_error("no hello");
    before_welcome();
    peer.send(answer(*hello, {.cluster_id = "fake"}, std::string(kNonceSize, 's'), {}));
    return peer;
  }

 private:
  const int listener_;
  Endpoint endpoint_;
};

}  // namespace strata::net
