// The server's side of one connection. Private to the server.
//
// Thread-safety: a session belongs to one network thread; only answer() may be called from others.
// Lifetime: alive while its coroutine runs or one of its requests is in flight.
//
// A session takes no more requests while over_limits() is true: too many requests or bytes of this
// connection are in flight, or too many bytes of all connections. Each request gets one answer.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <array>
#include <atomic>
#include <exception>
#include <mutex>
#include <vector>

#include "net/frame.h"
#include "net/live_sessions.h"
#include "net/log_limit.h"
#include "net/outbox.h"
#include "net/read_forecast.h"
#include "net/server.h"

namespace strata::net {

using env::TimePoint;

// What all sessions of a server share. Immutable except for the counters.
struct SessionHost {
  // Writes a line about a peer to the log, unless there are too many such lines.
  void warn(std::string_view what, Socket& peer, std::string_view why);
  TimePoint now() const { return options.clock->now(); }

  Service& service;
  const ServerOptions& options;
  const proto::Limits limits;  // as in a welcome

  std::atomic<std::uint64_t> accepted{0};
  const std::shared_ptr<LiveSessions> live = std::make_shared<LiveSessions>();
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> shed{0};
  LogLimit log_limit = {};                      // for lines about what peers do wrong
  std::atomic<std::size_t> in_flight_bytes{0};  // of all sessions
  std::atomic<std::size_t> held_for_peers{0};   // the part that waits for slow peers; counted only
                                                // when in_flight_bytes is above its limit

  // Whether all sessions together hold more than they may. Then only sessions that hold next to
  // nothing go on reading.
  bool is_full() const {
    return in_flight_bytes.load(std::memory_order_relaxed) > options.limits.total_bytes;
  }
};

// What the sessions of one thread share.
struct SessionThread {
  asio::io_context io{1};
  std::string received = std::string(std::size_t{128} << 10, '\0');  // the bytes of one read
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Socket socket, SessionHost& host, SessionThread& thread, std::uint64_t number);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Serves the connection until it ends.
  asio::awaitable<void> run();

  // Ends the connection if something takes too long, or an answer was lost; wakes the session if it
  // paused. To be called from time to time.
  void tick(TimePoint now);

  // The bytes that are held because the peer is slow: of an unfinished frame, of answers that the
  // peer does not take, and of received data that was put aside.
  std::size_t held_for_peer() const { return received_ + outbox_.size(); }
  // Ends the connection and frees those bytes, since others need the memory.
  void evict();

  // The handshake is not over, and the connection is not closed.
  bool is_stranger() const { return !welcome_ && socket_.is_open(); }
  // Ends a connection whose handshake takes so long that others wait for its place.
  void make_way();

  // From now on refuses requests; ends when all earlier ones are answered.
  void stop();
  // Tells the peer about an error inside the server. The caller must call close() next.
  void fail(const std::exception_ptr& thrown);
  // Ends the connection now.
  void close();

 private:
  // A request that was handed to the service.
  struct Handed {
    std::uint64_t id;
    std::size_t bytes;  // about the memory that it takes
    TimePoint since;
    std::string_view name;  // "write", for example; static
    bool is_read;
  };
  // Answers that were made on other threads.
  struct Arrived {
    std::string frames;
    std::size_t requests = 0;        // that were answered
    std::size_t bytes = 0;           // Handed::bytes of these requests
    std::vector<std::size_t> reads;  // the sizes of answers to reads; 0: an error
  };
  class PendingAnswer;

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

  // Decodes what was received, and hands the requests to the service. False: the connection is
  // over.
  bool dispatch();
  bool dispatch_all();
  bool dispatch_one(std::string_view payload);
  bool may_write_for(const proto::Write& write);

  void answer(const Handed& handed, Response response);  // from any thread
  void settle(std::size_t requests, std::size_t bytes);
  void note_read(std::size_t answer_bytes);
  bool has_room_for(const Response& response, std::size_t size) const;
  void arrive(const Handed& handed, const Response& response);
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
  void note_refused(std::string_view why);
  void log_slow(const Handed& handed, const Response& response) const;
  void observe_frame(std::string_view payload) const;

  const LiveSessions::Membership membership_;  // first member, so it is destroyed last
  Socket socket_;
  SessionHost& host_;
  SessionThread& thread_;
  const std::uint64_t number_;

  // The first bytes of a read. An idle connection needs no other buffer: if a read brings more, the
  // rest goes into the buffer of the thread.
  std::array<char, 512> first_;
  FrameDecoder decoder_{kMaxHelloSize};
  bool starved_ = false;      // decoder_ has no complete frame left
  std::string held_;          // received before a pause, not decoded yet
  std::size_t received_ = 0;  // bytes in decoder_ and held_; counted in the host's too
  Outbox outbox_;
  bool dispatching_ = false;  // answers are collected, and flushed together afterwards
  bool sending_ = false;      // waiting until the system takes more bytes
  bool stopping_ = false;
  bool welcome_ = false;                // the handshake is over
  bool last_words_ = false;             // nothing may be sent after what is in the outbox
  std::size_t requests_ = 0;            // handed over and not answered
  ReadForecast reads_;                  // of those
  std::vector<std::uint64_t> clients_;  // whose writes this connection has carried

  const TimePoint began_;
  TimePoint since_;        // when the session began, or last received bytes
  TimePoint frame_since_;  // when the unfinished frame began, or the frame before it ended
  TimePoint send_since_;   // since when the system has taken no bytes
  TimePoint parting_since_ = TimePoint::max();
  asio::steady_timer resume_;  // never expires; cancelled to wake the coroutine
  bool waiting_ = false;       // the coroutine waits for resume_

  std::atomic<bool> lost_{false};         // an answer was lost, because memory ran out
  std::atomic<std::size_t> bytes_{0};     // of requests_ and of the outbox; other threads read it
  std::atomic<std::size_t> arriving_{0};  // bytes of frames in arrived_
  std::mutex mutex_;
  Arrived arrived_;  // guarded by mutex_
};

}  // namespace strata::net
