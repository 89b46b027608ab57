// The client's end of one connection. Requests are sent without waiting for each other's answers.
// Answers may come in any order; each goes to the request with its id.
//
// It connects, waits for the socket, reads and writes. What is sent, and what each caller is told,
// is decided by client_protocol.h.
//
// Thread-safety: belongs to the thread that runs `io`; all functions must be called there.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "env/clock.h"
#include "env/random.h"
#include "net/client_protocol.h"
#include "net/listener.h"
#include "net/service.h"

namespace strata::net {

struct ChannelOptions {
  Endpoint endpoint;
  Identity identity = {};
  std::string name = "strata";                      // for the server's log
  std::chrono::milliseconds connect_timeout{5000};  // including the handshake
  env::Clock* clock = &env::system_clock();         // for deadlines
  env::Entropy* entropy = &env::system_entropy();   // for nonces, ids of clients, and their pauses
  // Called with the server's welcome, each time a connection is made.
  std::function<void(const proto::Welcome&)> welcomed = [](const proto::Welcome&) {};
};

class Channel : public std::enable_shared_from_this<Channel> {
 public:
  using TimePoint = env::TimePoint;

  Channel(asio::io_context& io, ChannelOptions options);

  // Begins to connect. Requests may be made at once; they are sent when the connection is open.
  void start();

  // Sends `request` under an id that the channel chooses, with the time that is left until
  // `deadline` (max(): none is set) as its timeout, and calls `reply` once: with the server's
  // answer, or with an error of the channel. That error is UNAVAILABLE if the request was certainly
  // not done and will not be (it is withdrawn, it never left, or it changes nothing), and UNKNOWN
  // if a write or the reading of a page may be done. An answer of another kind than was asked for
  // becomes UNKNOWN.
  void call(Request& request, TimePoint deadline, Reply reply);

  // Answers requests whose deadline has passed. To be called from time to time.
  void tick(TimePoint now);

  // Ends the connection. Requests that are not answered get an error with the message `why`;
  // if a reply calls this, after that reply has returned.
  void close(const std::string& why);

  bool closed() const { return protocol_.closed(); }
  bool open() const { return protocol_.open(); }
  // Why the channel is closed. Requires: closed().
  const proto::Error& failure() const { return protocol_.failure(); }

 private:
  asio::awaitable<void> run();
  asio::awaitable<void> converse();
  void deliver();
  void flush(TimePoint now);
  void flush_when_writable();

  const ChannelOptions options_;
  ClientProtocol protocol_;
  Socket socket_;
  std::string received_ = std::string(std::size_t{64} << 10, '\0');  // the bytes of one read
  bool sending_ = false;     // waiting until the system takes more bytes
  bool delivering_ = false;  // replies are being called
};

}  // namespace strata::net
