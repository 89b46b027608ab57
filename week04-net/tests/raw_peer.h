// One end of a connection, byte by byte: a test uses it to send what no client would send. Each
// wait is a poll() with a deadline; the test fails if the deadline passes.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "need.h"
#include "net/endpoint.h"
#include "net/frame.h"
#include "net/handshake.h"
#include "net/messages.h"
#include "net/service.h"

namespace strata::net {

class RawPeer {
 public:
  explicit RawPeer(const Endpoint& endpoint) {
    if (const auto* file = std::get_if<UnixEndpoint>(&endpoint)) {
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      std::strncpy(address.sun_path, file->path.c_str(), sizeof(address.sun_path) - 1);
      connect(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    } else {
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_port = htons(std::get<TcpEndpoint>(endpoint).port);
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      connect(AF_INET, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    }
  }
  // Takes over a connection that exists.
  explicit RawPeer(int socket) : socket_(socket) {}
  ~RawPeer() { close(); }
  RawPeer(RawPeer&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), decoder_(std::size_t{1} << 30) {}
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;

  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  // For a peer that is one of very many.
  void forget_buffer() { std::string().swap(buffer_); }
  void close_writing() { ::shutdown(socket_, SHUT_WR); }

  // False if the other end does not take the bytes within `patience`.
  bool send(std::string_view bytes, int patience_ms = 10'000) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
      if (sent < 0 && errno != EAGAIN) return false;
      if (sent < 0 && !wait_for(POLLOUT, patience_ms)) return false;
    }
    return true;
  }
  void send(const google::protobuf::MessageLite& message) {
    std::string frame;
    append_message(message, frame);
    ASSERT_TRUE(send(frame));
  }
  void send_get(std::uint64_t id, std::string_view key) {
    Request request;
    request.set_id(id);
    request.mutable_get()->set_key(key.data(), key.size());
    send(request);
  }

  // The next payload; nullopt at the end of the connection.
  std::optional<std::string> receive(int patience_ms = 10'000) {
    for (;;) {
      const auto payload = need(decoder_.next());
      if (payload) return std::string(*payload);
      if (!wait_for(POLLIN, patience_ms)) throw std::runtime_error("nothing came in time");
      buffer_.resize(std::size_t{64} << 10);
      const ssize_t size = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
      if (size <= 0) return std::nullopt;
      decoder_.feed(std::string_view(buffer_).substr(0, static_cast<std::size_t>(size)));
    }
  }
  // Whether something comes, or the connection ends, within `patience_ms`.
  bool has_input(int patience_ms) { return wait_for(POLLIN, patience_ms); }
  template <class Message>
  std::optional<Message> receive_as(int patience_ms = 10'000) {
    const auto payload = receive(patience_ms);
    Message message;
    if (!payload || !parse(*payload, message)) return std::nullopt;
    return message;
  }
  std::optional<Response> response(int patience_ms = 10'000) {
    return receive_as<Response>(patience_ms);
  }

  void shake_hands(const Identity& identity = {}) {
    const std::string nonce(kNonceSize, 'n');
    send(hello(identity, nonce, "test"));
    const auto answer = receive_as<proto::ServerHello>();
    ASSERT_TRUE(answer.has_value());
    const auto proof = need(accept(*answer, identity, nonce));
    if (proof) send(*proof);
  }

 private:
  void connect(int family, const sockaddr* address, socklen_t size) {
    socket_ = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_GE(socket_, 0);
    EXPECT_EQ(::connect(socket_, address, size), 0) << std::strerror(errno);
  }
  bool wait_for(short what, int patience_ms) {
    pollfd waited{.fd = socket_, .events = what, .revents = 0};
    return ::poll(&waited, 1, patience_ms) == 1;
  }

  int socket_ = -1;
  FrameDecoder decoder_{std::size_t{1} << 30};
  std::string buffer_;
};

}  // namespace strata::net
