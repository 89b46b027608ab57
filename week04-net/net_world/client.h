// A client in a world. It does one thing at a time, and what it is asked to do meanwhile waits.
// What it is told goes into the record. A write of unknown outcome stays open there for ever; the
// client goes on under a new name, since under the old one it is still waiting.
//
// Thread-safety: none; a world has one thread.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "net_world/caller.h"
#include "net_world/record.h"

namespace strata::world {

// The keys that scans read: "k1", "k2" …
inline constexpr std::uint64_t kKeys = 20;

struct Habits {
  bool large_values = false;    // in all writes; otherwise in some
  bool short_patience = false;  // with most requests; otherwise with some
  // What a scan shows was so at one moment. Otherwise each key was so at a moment of its own.
  bool scans_are_one_moment = true;
};

class Client {
 public:
  // Lifetime: all references outlive it.
  Client(Shared& shared, Node& node, Record& record, std::uint64_t number, Habits habits);
  ~Client() { shared_.queue.cancel_all(this); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // What it can be asked to do:
  //
  //   put KEY            writes a new value
  //   once KEY           the same without a token, so it is never sent again
  //   cas KEY            the same, if the key still has what this client saw last
  //   batch KEY KEY      writes two new values at one moment
  //   delete KEY, get KEY
  //   scan               reads all keys, page by page, as they were at one moment
  //
  // Requires: is_action(words).
  void ask(sim::Words words);
  // ... and nothing disturbs it any more, so it must succeed.
  void ask_healed(sim::Words words);
  static bool is_action(const sim::Words& words);

  bool is_idle() const { return !doing_ && waiting_.empty(); }
  std::optional<checker::Operation> write_under_way() const;
  Caller& caller() { return caller_; }

 private:
  struct Action {
    sim::Words words;
    env::TimePoint asked;
    bool must_succeed;
  };
  struct Doing {
    Action action;
    std::uint64_t number;
    checker::Operation operation;
    env::TimePoint deadline;
    bool is_patient;
    std::optional<net::Token> token = {};
    std::uint64_t pages = 0;  // of a scan, that have come
  };

  void ask(Action action);
  env::Random draw(const Action& action, std::uint64_t what) const;
  void next();
  void begin(Action action);
  net::Request make_request();
  void make_write(net::proto::Write& write);
  std::string fresh_value(std::size_t place);  // of its key in the words
  void call(net::Request request);
  void answered(const net::Response& response);
  void done(const net::Response& response);
  void failed(const net::proto::Error& error);
  void take_page(const net::proto::ScanPage& page);
  void add_scan();
  void end(std::string_view outcome, std::string_view what = {});

  Shared& shared_;
  Record& record_;
  Caller caller_;
  const Habits habits_;
  std::string name_;         // in the history
  std::uint64_t names_ = 1;  // that it has had
  std::map<std::string, checker::Value> last_seen_;
  std::deque<Action> waiting_;
  std::optional<Doing> doing_;
};

}  // namespace strata::world
