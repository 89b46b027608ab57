// How many bytes one session holds, as the other sessions and threads see it. Private to the
// server.
//
// The session counts exactly, for itself (ServerProtocol). It tells the others at the end of each
// of its steps, so most requests of a read are never counted here.
//
// Thread-safety: publish(), count(), others() and arrived() are for the session's own thread. The
// other functions may be called from any thread.
#pragma once

#include <atomic>
#include <cstddef>

#include "net/session_host.h"

namespace strata::net {

class SessionAccount {
 public:
  explicit SessionAccount(SessionHost& host) : host_(host) {}
  ~SessionAccount() { host_.in_flight_bytes.fetch_sub(held_, std::memory_order_relaxed); }
  SessionAccount(const SessionAccount&) = delete;
  SessionAccount& operator=(const SessionAccount&) = delete;

  // What the other sessions hold, and answers that have not been taken yet.
  std::size_t others() const {
    return host_.in_flight_bytes.load(std::memory_order_relaxed) - held_;
  }
  void publish(const ServerProtocol& protocol) {
    const std::size_t held = protocol.held();
    if (held != held_) host_.in_flight_bytes.fetch_add(held - held_, std::memory_order_relaxed);
    held_ = held;
    in_flight_.store(protocol.in_flight(), std::memory_order_relaxed);
    count(protocol.figures());
  }
  void count(const ServerProtocol::Figures& now) {
    if (now.requests != figures_.requests) host_.requests += now.requests - figures_.requests;
    if (now.shed != figures_.shed) host_.shed += now.shed - figures_.shed;
    figures_ = now;
  }

  // An answer of so many bytes is on its way to the session; it has been taken.
  void arriving(std::size_t bytes) {
    arriving_.fetch_add(bytes, std::memory_order_relaxed);
    host_.in_flight_bytes.fetch_add(bytes, std::memory_order_relaxed);
  }
  void arrived(std::size_t bytes) {
    arriving_.fetch_sub(bytes, std::memory_order_relaxed);
    host_.in_flight_bytes.fetch_sub(bytes, std::memory_order_relaxed);
  }
  std::size_t arriving() const { return arriving_.load(std::memory_order_relaxed); }

  // As ServerProtocol::fits(), for the session as it was at the end of its last step.
  bool fits(bool is_read, std::size_t size) const {
    return ServerProtocol::fits(host_.options.limits, is_read, size,
                                in_flight_.load(std::memory_order_relaxed) + arriving(),
                                host_.in_flight_bytes.load(std::memory_order_relaxed));
  }

 private:
  SessionHost& host_;
  std::size_t held_ = 0;             // a part of the host's in_flight_bytes
  ServerProtocol::Figures figures_;  // that the host has counted
  std::atomic<std::size_t> in_flight_{0};
  std::atomic<std::size_t> arriving_{0};
};

}  // namespace strata::net
