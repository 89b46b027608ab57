// The client's side of one connection: requests go out without waiting for one another, and each
// gets its answer when it comes.
//
// Lives on the thread that runs `io`; every function is to be called there.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

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
  std::chrono::milliseconds connect_timeout{5000};  // with the handshake
  // Told what the server says of itself, each time it is connected to.
  std::function<void(const proto::Welcome&)> welcomed = [](const proto::Welcome&) {};
};

class Channel : public std::enable_shared_from_this<Channel> {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  Channel(asio::io_context& io, ChannelOptions options);

  // Begins to connect. Requests may be made at once; they wait for it.
  void start();

  // Sends `request`, under an id of the channel's own, and calls `reply` once: with the answer; or
  // with an error of our own, UNAVAILABLE if it was certainly not done (it never left, or the
  // server said so), and UNKNOWN where a write may have been.
  void call(Request& request, TimePoint deadline, Reply reply);

  // Answers requests whose deadline has passed. To be called now and then.
  void tick(TimePoint now);

  // Ends the connection; what is not answered gets an error that says `why`.
  void close(const std::string& why);

  bool closed() const { return state_ == State::kClosed; }
  bool open() const { return state_ == State::kOpen; }
  // Why it is closed. Requires: closed().
  const proto::Error& failure() const { return failure_; }

 private:
  enum class State { kConnecting, kOpen, kClosed };
  struct Waiting {
    Reply reply;
    TimePoint deadline;
    std::uint64_t starts_at;  // in the stream of all bytes sent
    bool changes;             // it is a write, or takes a page off a scan
    Response::ResultCase expected;
  };

  asio::awaitable<void> run();
  asio::awaitable<Result<void>> shake_hands();
  asio::awaitable<Result<std::string>> next_payload();
  asio::awaitable<Result<void>> receive();
  asio::awaitable<Result<void>> take_answers();
  Result<bool> take_one(std::string_view payload);
  void flush();
  void fail(proto::Error failure);
  proto::Error outcome_of(const Waiting& request, const proto::Error& failure) const;

  asio::io_context& io_;
  const ChannelOptions options_;
  const TimePoint started_;

  State state_ = State::kConnecting;
  std::optional<Socket> socket_;
  proto::Error failure_;
  FrameDecoder decoder_;
  std::string received_ = std::string(std::size_t{64} << 10, '\0');

  Outbox outbox_;
  bool sending_ = false;    // waiting for the system to take more
  bool answering_ = false;  // what is asked meanwhile goes out together, afterwards

  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, Waiting> waiting_;  // by id
};

}  // namespace strata::net
