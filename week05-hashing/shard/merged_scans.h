// Scans of the whole cluster: each is made of one scan for each part of the points (map_view.h), by
// the servers that have them, and merged here.
//
// Each part shows its keys as they were at one moment; the moments differ. All of them are after
// the scan was asked for, so it sees every write that had ended before.
//
// Thread-safety: belongs to the executor's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "env/executor.h"
#include "env/random.h"
#include "net/service.h"
#include "shard/map_view.h"

namespace strata::shard {

// Sends a request to a server, this one included, and calls `reply` once, on any thread.
using Send = std::function<void(const Server& to, net::Request request, env::TimePoint deadline,
                                net::Reply reply)>;

struct MergedScansOptions {
  std::size_t max_open = 1024;
  std::chrono::seconds lease{60};  // after the last request for a page
  std::size_t page_bytes = std::size_t{64} << 10;
};

class MergedScans {
 public:
  // Lifetime: the references outlive this object.
  MergedScans(env::Executor& executor, env::Entropy& entropy, Send send,
              MergedScansOptions options = {});
  ~MergedScans();
  MergedScans(const MergedScans&) = delete;
  MergedScans& operator=(const MergedScans&) = delete;

  void follow(std::shared_ptr<const MapView> view) { view_ = std::move(view); }

  // Requires: there is a view; the body is the one that the name says.
  void open(const net::Request& request, env::TimePoint deadline, net::Reply reply);
  void next(const net::Request& request, env::TimePoint deadline, net::Reply reply);
  void cancel(const net::Request& request, net::Reply reply);

  // Ends the scans whose lease is over.
  void housekeep();
  std::size_t size() const { return scans_.size(); }
  // Each open scan has a name; no more are open than may be.
  void check_invariants() const;

 private:
  class Scan;

  const std::shared_ptr<const MapView>& view() const { return view_; }
  std::uint64_t keep(std::shared_ptr<Scan> scan);  // 0: too many are open

  env::Executor& executor_;
  env::Entropy& entropy_;
  const Send send_;
  const MergedScansOptions options_;
  std::shared_ptr<const MapView> view_;
  std::map<std::uint64_t, std::shared_ptr<Scan>> scans_;  // by the names that clients know
  // What it points to is null when this object is gone.
  std::shared_ptr<MergedScans*> me_ = std::make_shared<MergedScans*>(this);
};

}  // namespace strata::shard
