// What a server does: one asynchronous function from a request to a response.
//
// From this week on each week adds a Service that wraps others: local (StoreService), relayed
// (RelayService), later routed, replicated, agreed upon. A server does not know which one it has.
#pragma once

#include <functional>

#include "net/strata.pb.h"

namespace strata::net {

using Request = proto::Request;
using Response = proto::Response;
using Reply = std::move_only_function<void(Response)>;

class Service {
 public:
  virtual ~Service() = default;

  // Calls `reply` exactly once: before handle() returns, or later, from any thread. The response
  // has the request's id. Requires: the body is set.
  //
  // Only if memory runs out, `reply` may be destroyed without a call, and handle() may throw. Then
  // nobody knows whether the request was done, and the session ends the connection.
  // Blocks: never. Thread-safety: may be called from many threads at once.
  //
  // An error with the code UNKNOWN says that a write may have been done. Every other error says
  // that the write was not done and will not be.
  virtual void handle(Request request, Reply reply) = 0;

  // Whether acknowledged writes survive the end of the process that stores them, as far as this
  // service knows. Thread-safety: as handle().
  virtual bool durable() const { return false; }

  // Tidies up, or makes another thread do it. Called every few seconds, by one thread. Blocks:
  // never.
  virtual void housekeep() {}

  // Answers all requests that wait for another process at once, with an error. Called when a server
  // that is stopping has waited long enough. Blocks: never.
  virtual void give_up() {}
};

}  // namespace strata::net
