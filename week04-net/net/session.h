// The server's side of one connection. Private to the server.
//
// It lives on one thread of the network; only answer() may be called from others. It stays alive
// for as long as its coroutine runs or a request of its is on its way.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <array>
#include <atomic>
#include <mutex>

#include "net/frame.h"
#include "net/live_sessions.h"
#include "net/outbox.h"
#include "net/server.h"

namespace strata::net {

using TimePoint = std::chrono::steady_clock::time_point;

// What all sessions of a server share. Immutable but for the counters.
struct SessionHost {
  Service& service;
  const ServerOptions& options;
  const proto::Limits limits;  // as a welcome tells them

  std::atomic<std::uint64_t> accepted{0};
  const std::shared_ptr<LiveSessions> live = std::make_shared<LiveSessions>();
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> shed{0};
  std::atomic<std::size_t> in_flight_bytes{0};  // of all sessions
  std::atomic<std::size_t> held_for_peers{0};   // of these; only looked at where they are too many

  // As much is under way as may be: only who makes the server hold next to nothing goes on.
  bool is_full() const {
    return in_flight_bytes.load(std::memory_order_relaxed) > options.limits.total_bytes;
  }
};

// What the sessions of one thread share.
struct SessionThread {
  asio::io_context io{1};
  std::string received = std::string(std::size_t{128} << 10, '\0');  // what a read brought
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Socket socket, SessionHost& host, SessionThread& thread, std::uint64_t number);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Serves the connection to its end.
  asio::awaitable<void> run();

  // Ends what has gone on for too long; lets go on what had to pause. To be called now and then.
  void tick(TimePoint now);

  // What is held because its peer is in no hurry: a frame that has not ended, answers that are not
  // taken. What was received and put aside counts too.
  std::size_t held_for_peer() const { return received_ + outbox_.size(); }
  // Ends it, and frees that, since others need the memory.
  void evict();

  // Refuses requests from now on, and ends once all are answered.
  void stop();
  // Tells the peer what went wrong in here. To be followed by close().
  void fail(const std::string& why);
  // Ends it now.
  void close();

 private:
  // A request that has been handed to the service.
  struct Handed {
    std::uint64_t id;
    std::size_t bytes;  // that it takes in memory, about
    TimePoint since;
    std::string_view name;  // "write"; static
  };

  asio::awaitable<bool> shake_hands();
  asio::awaitable<std::optional<std::string_view>> next_payload();
  asio::awaitable<void> serve();
  asio::awaitable<bool> bytes_or_room();
  asio::awaitable<bool> receive();
  asio::awaitable<bool> pause();
  asio::awaitable<void> change();
  asio::awaitable<void> part();
  void changed();
  void finish_if_done();

  // Decodes and hands over what has been received. False: the connection is over.
  bool dispatch();
  bool dispatch_all();
  bool dispatch_one(std::string_view payload);

  void answer(const Handed& handed, Response response);  // from any thread
  bool has_room_for(const Response& response, std::size_t size) const;
  void arrive(std::string_view frame, std::size_t request_bytes);
  void take_arrived();
  void add_figures(proto::StatsResult& stats) const;

  void send(const google::protobuf::MessageLite& message);
  void send_frames(std::string_view frames);
  void send_last(proto::Error::Code code, const std::string& message);
  void queued(std::size_t before);
  void flush();

  bool over_limits() const;
  void count_received();
  void free_memory();
  void count_bytes(std::ptrdiff_t by);
  void give_up(std::string_view why);
  void note_refused(std::string_view why) const;
  void log_slow(const Handed& handed, const Response& response) const;
  void observe_frame(std::string_view payload) const;

  const LiveSessions::Membership membership_;  // first: it goes last
  Socket socket_;
  SessionHost& host_;
  SessionThread& thread_;
  const std::uint64_t number_;

  // The first bytes of a read: all that a connection needs while it waits. Where more have come,
  // they go on into the thread's.
  std::array<char, 512> first_;
  FrameDecoder decoder_{kMaxHelloSize};
  bool starved_ = false;      // it has no whole frame left
  std::string held_;          // received before a pause, not decoded yet
  std::size_t received_ = 0;  // bytes of both of these, counted in the host's
  Outbox outbox_;
  bool dispatching_ = false;  // answers are collected, and flushed together
  bool sending_ = false;      // waiting for the system to take more
  bool stopping_ = false;
  bool welcome_ = false;      // the handshake is over
  bool last_words_ = false;   // nothing is sent behind what stands in the outbox
  std::size_t requests_ = 0;  // handed over, not answered

  const TimePoint began_;
  TimePoint since_;        // it began, or something came in
  TimePoint frame_since_;  // the unfinished frame began, or the one before it ended
  TimePoint send_since_;   // the system has taken nothing
  TimePoint parting_since_ = TimePoint::max();
  asio::steady_timer resume_;  // never expires; cancelled to wake the coroutine
  bool waiting_ = false;       // for resume_

  std::atomic<std::size_t> bytes_{0};     // of requests_, and of the outbox; others read them
  std::atomic<std::size_t> arriving_{0};  // of arrived_
  std::mutex mutex_;
  std::string arrived_;               // guarded by mutex_: frames from other threads
  std::size_t arrived_requests_ = 0;  // guarded by mutex_
  std::size_t arrived_bytes_ = 0;     // guarded by mutex_: of their requests
};

}  // namespace strata::net
