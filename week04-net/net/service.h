// What a server does: one asynchronous function from a request to a response.
//
// From this week on each week adds a Service that wraps others: local (StoreService), relayed
// (RelayService), later routed, replicated, agreed upon. A server does not know which one it has.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "env/clock.h"
#include "net/strata.pb.h"

namespace strata::net {

using Request = proto::Request;
using Response = proto::Response;
using Reply = std::move_only_function<void(Response)>;

// Somebody who makes requests: a connection, for example. Lives at least until all replies to its
// requests were called or destroyed.
struct Peer {
  const std::uint64_t id = 0;         // no other peer of the server has it
  std::atomic<bool> is_gone = false;  // nobody gets its answers any more; for good
};

// What comes with a request.
struct Context {
  const Peer* peer = nullptr;  // who asks; nullptr: this program itself
  // When the peer gives up, on the steady clock of the server; max(): never. A service that
  // compares it with a clock must be given the same one.
  env::TimePoint deadline = env::TimePoint::max();
  std::uint32_t hops = 0;  // how many servers have passed the request on
  // flush() follows soon. So what costs as much for many requests as for one may wait for it.
  bool more = false;

  bool is_late(env::TimePoint now) const { return now >= deadline; }
  // Nobody waits for the answer. So a read need not be done. A write must be answered as if
  // somebody waited: done, or certainly not done.
  bool is_cancelled() const { return peer && peer->is_gone.load(std::memory_order_relaxed); }
};

// A request that so many servers have passed on is refused. Somewhere they pass it on in a circle.
inline constexpr std::uint32_t kMaxHops = 8;

class Service {
 public:
  virtual ~Service() = default;

  // Calls `reply` exactly once: before handle() returns, or later, from any thread. The response
  // has the request's id. Requires: the body is set. The time-out in the request counts no longer:
  // `context` has the deadline.
  //
  // Only if memory runs out, or what the service runs on ends, `reply` may be destroyed without a
  // call; and handle() may throw. Then nobody knows whether the request was done, and the session
  // ends the connection.
  // Blocks: never. Thread-safety: may be called from many threads at once.
  //
  // An error with the code UNKNOWN says that a write may have been done. Every other error says
  // that the write was not done and will not be.
  virtual void handle(Request request, const Context& context, Reply reply) = 0;

  // Begins what requests with Context::more have left waiting. Blocks: never. Thread-safety: as
  // handle().
  virtual void flush() {}

  // Whether acknowledged writes survive the end of the process that stores them, as far as this
  // service knows. Thread-safety: as handle().
  virtual bool durable() const { return false; }

  // What the service takes, and for how long it keeps things: those fields of a welcome that say
  // so. The server adds the others. Thread-safety: as handle().
  virtual proto::Limits limits() const { return {}; }

  // Tidies up, or makes another thread do it. Called every few seconds, by one thread. Blocks:
  // never.
  virtual void housekeep() {}

  // Answers all requests that wait for another process at once, with an error. Called when a server
  // that is stopping has waited long enough. Blocks: never.
  virtual void give_up() {}
};

}  // namespace strata::net
