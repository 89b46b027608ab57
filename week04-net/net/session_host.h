// What the sessions of a server share. Private to the server.
//
// Thread-safety: SessionHost may be used by many threads at once, and so may Arrivals. A
// SessionThread belongs to its thread, except for its arrivals.
#pragma once

#include <asio/io_context.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "net/listener.h"
#include "net/live_sessions.h"
#include "net/log_limit.h"
#include "net/server.h"
#include "net/server_protocol.h"

namespace strata::net {

class Session;

// What all sessions of a server share. Immutable except for the counters.
struct SessionHost {
  SessionHost(Service& service, const ServerOptions& options);

  // Writes a line about a peer to the log, unless there are too many such lines.
  void warn(std::string_view what, Socket& peer, std::string_view why);
  // Adds the server's own figures to an answer to STATS.
  void add_figures(proto::StatsResult& stats) const;
  env::TimePoint now() const { return options.clock->now(); }

  Service& service;
  const ServerOptions& options;
  const ServerProtocol::Settings protocol;

  std::atomic<std::uint64_t> accepted{0};
  const std::shared_ptr<LiveSessions> live = std::make_shared<LiveSessions>();
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> shed{0};
  LogLimit log_limit = {};                      // for lines about what peers do wrong
  std::atomic<std::size_t> in_flight_bytes{0};  // of all sessions; each adds its own now and then
  std::atomic<std::size_t> held_for_peers{0};   // the part that waits for slow peers; counted only
                                                // when in_flight_bytes is above its limit

  // Whether all sessions together hold more than they may. Then only sessions that hold next to
  // nothing go on reading.
  bool is_full() const {
    return in_flight_bytes.load(std::memory_order_relaxed) > options.limits.total_bytes;
  }
};

// An answer that was made on another thread than the one that its session belongs to.
struct Arrived {
  std::shared_ptr<Session> session;
  const Handed* request = nullptr;
  std::string frame;
  bool is_error = false;
};

// The answers on their way to one network thread. It takes all that are there, so that it is woken
// once for many of them.
class Arrivals {
 public:
  // Takes `session` and the frame. Returns whether there were none: then the thread must be woken.
  // If it throws, nothing is taken.
  bool add(std::shared_ptr<Session>& session, const Handed& request, std::string&& frame,
           bool is_error) {
    const std::lock_guard lock(mutex_);
    Arrived& added = arrived_.emplace_back();
    added = {std::move(session), &request, std::move(frame), is_error};
    return arrived_.size() == 1;
  }
  // Takes all of them, in exchange for an empty vector that is used for its memory.
  std::vector<Arrived> take(std::vector<Arrived> spare) {
    const std::lock_guard lock(mutex_);
    return std::exchange(arrived_, std::move(spare));
  }

 private:
  std::mutex mutex_;
  std::vector<Arrived> arrived_;  // guarded by mutex_
};

// What the sessions of one thread share.
struct SessionThread {
  asio::io_context io{1};
  std::string received = std::string(std::size_t{128} << 10, '\0');  // the bytes of one read
  std::unordered_map<std::uint64_t, std::shared_ptr<Session>>
      sessions;  // those that are not closed
  Arrivals arrivals;
  std::vector<Arrived> taken;  // from the arrivals; empty, kept for its memory
  bool flushes = false;        // the service is flushed when what is ready now has been done
};

}  // namespace strata::net
