// Does in a world what Client does (net/client.h): has one connection at a time, makes the next one
// when it has ended, and tries requests again until their time is over.
//
// Thread-safety: none; a world has one thread.
#pragma once

#include <memory>

#include "net/retry.h"
#include "net/token_source.h"
#include "net_world/connection.h"

namespace strata::world {

class Caller {
 public:
  // Its name is "c3", if its number is 3. No other caller has the number. Lifetime: both references
  // outlive it.
  Caller(Shared& shared, Node& node, std::uint64_t number);
  ~Caller() { shared_.queue.cancel_all(this); }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  // Calls `reply` once, in the end.
  void call(net::Request request, env::TimePoint deadline, net::Reply reply);

  net::TokenSource& tokens() { return tokens_; }
  std::uint64_t number() const { return link_.number; }
  Link& link() { return link_; }
  // Its connection breaks.
  void cut();
  // See Connection.
  void abandon(std::chrono::nanoseconds time);

 private:
  struct Call {
    net::Request request;
    env::TimePoint deadline;
    net::Reply reply;
    net::Attempts attempts = {};
  };

  void attempt(const std::shared_ptr<Call>& call);
  void answered(const std::shared_ptr<Call>& call, net::Response response);

  Shared& shared_;
  Node& node_;
  Link link_;
  net::TokenSource tokens_;
  std::shared_ptr<Connection> connection_;
  std::uint64_t connections_ = 0;
};

}  // namespace strata::world
