// The client's side of one connection. Requests are sent without waiting for each other's answers.
// Answers may come in any order; each goes to the request with its id.
//
// What is not done must not be done later. So a request can be withdrawn as long as it waits in
// a queue: before the connection is open, or while the system does not take what was sent before.
//
// Thread-safety: belongs to the thread that runs `io`; all functions must be called there.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "env/clock.h"
#include "env/random.h"
#include "net/extension.h"
#include "net/frame.h"
#include "net/handshake.h"
#include "net/listener.h"
#include "net/outbox.h"
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

  // Ends the connection. Requests that are not answered get an error with the message `why`.
  void close(const std::string& why);

  bool closed() const { return state_ == State::kClosed; }
  bool open() const { return state_ == State::kOpen; }
  // Why the channel is closed. Requires: closed().
  const proto::Error& failure() const { return failure_; }

 private:
  enum class State { kConnecting, kOpen, kClosed };
  struct Waiting {
    Reply reply;
    TimePoint deadline;
    bool changes;  // it is a write, or reads the next page of a scan
    Expected expected;
    std::unique_ptr<Request> queued = {};         // as long as it waits in queue_
    std::optional<std::uint64_t> starts_at = {};  // then its place in the stream of all bytes sent
  };

  asio::awaitable<void> run();
  asio::awaitable<Result<void>> shake_hands();
  asio::awaitable<Result<std::string>> next_payload();
  asio::awaitable<Result<void>> receive();
  asio::awaitable<Result<void>> take_answers();
  Result<bool> take_one(std::string_view payload);
  void flush();
  void send(Waiting& waiting, Request& request);
  void fill_outbox();
  void fail(proto::Error failure);

  asio::io_context& io_;
  const ChannelOptions options_;
  const TimePoint started_;

  State state_ = State::kConnecting;
  std::optional<Socket> socket_;
  proto::Error failure_;
  FrameDecoder decoder_;
  std::string received_ = std::string(std::size_t{64} << 10, '\0');

  Outbox outbox_;
  bool sending_ = false;    // waiting until the system takes more bytes
  bool answering_ = false;  // requests made meanwhile are sent together, afterwards

  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, Waiting> waiting_;  // by id
  std::deque<std::uint64_t> queue_;  // ids of requests that are not in outbox_ yet, oldest first
};

}  // namespace strata::net
