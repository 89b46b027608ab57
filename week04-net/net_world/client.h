// A client in a world, and what it notes of what it is told: the history that is judged in the end.
//
// It does one thing at a time, and what it is asked to do meanwhile waits. A write of unknown
// outcome stays open in the history for ever; the client goes on under a new name, since under the
// old one it is still waiting.
//
// Thread-safety: none; a world has one thread.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "checker/history.h"
#include "net_world/caller.h"
#include "sim/plan.h"

namespace strata::world {

// What all clients have seen. Each moment comes once, so all that happens has an order.
class Record {
 public:
  std::size_t begin(checker::Operation operation) {
    operation.called = ++moment_;
    operations_.push_back(std::move(operation));
    return operations_.size() - 1;
  }
  checker::Operation& at(std::size_t place) { return *operations_[place]; }
  void end(std::size_t place) { at(place).returned = ++moment_; }
  // It was certainly not done, or says nothing.
  void forget(std::size_t place) { operations_[place].reset(); }
  checker::History history() const;

 private:
  checker::Time moment_ = 0;
  std::deque<std::optional<checker::Operation>> operations_;
};

class Client {
 public:
  // Lifetime: all references outlive it.
  Client(Shared& shared, Node& node, Record& record, std::uint64_t number);
  ~Client() { shared_.queue.cancel_all(this); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // "put KEY", "get KEY", "delete KEY", "cas KEY" (expects what it saw last), "batch KEY KEY".
  // Requires: is_action(words).
  void ask(sim::Words words);
  static bool is_action(const sim::Words& words);

  bool is_idle() const { return !doing_ && waiting_.empty(); }
  Caller& caller() { return caller_; }

 private:
  void next();
  void begin(const sim::Words& words);
  checker::Operation make(const sim::Words& words, net::Request& request);
  std::string fresh_value();
  void answered(const net::Response& response);
  void note(const net::Response& response);

  Shared& shared_;
  Record& record_;
  Caller caller_;
  const std::uint64_t number_;
  std::uint64_t name_;
  env::Random random_;
  std::uint64_t written_ = 0;
  std::map<std::string, checker::Value> last_seen_;
  std::deque<sim::Words> waiting_;
  std::optional<std::size_t> doing_;  // its place in the record
  std::optional<net::Token> token_;   // of the write that it does
};

}  // namespace strata::world
