// A thread of the network, and the sessions that belong to it. Private to the server.
//
// Thread-safety: with_sessions() may be called from any thread; adopt() runs on this one.
#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "net/session.h"

namespace strata::net {

class NetThread {
 public:
  // Lifetime: `host` must outlive the thread.
  explicit NetThread(SessionHost& host);
  // Closes the sessions that are left, and blocks until they have ended.
  ~NetThread();
  NetThread(const NetThread&) = delete;
  NetThread& operator=(const NetThread&) = delete;

  asio::io_context& io() { return shared_.io; }

  // Begins a session. If it throws, the connection is closed.
  void adopt(Socket socket, std::uint64_t number);

  // Calls `action` for each session, on this thread. Does not wait for it.
  template <class Do>
  void with_sessions(Do action) {
    asio::post(shared_.io, [this, action] {
      for (const auto& session : sessions()) action(*session);
    });
  }

 private:
  std::vector<std::shared_ptr<Session>> sessions() const;
  void run();
  void tick();
  void limit_strangers();
  void evict_slow_peers(TimePoint now);

  SessionHost& host_;
  SessionThread shared_;
  asio::executor_work_guard<asio::io_context::executor_type> work_ =
      asio::make_work_guard(shared_.io);
  asio::steady_timer timer_;
  std::deque<std::weak_ptr<Session>> strangers_;  // and who was one, oldest first
  bool ticking_ = false;                          // the timer runs
  bool ended_ = false;
  TimePoint full_since_ = host_.now();
  std::size_t held_ = 0;  // for slow peers, as counted in host_
  std::jthread thread_;   // last member: it uses all others
};

}  // namespace strata::net
