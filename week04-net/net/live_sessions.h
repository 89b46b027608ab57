// Counts the sessions of a server, so that somebody can wait until there are none. Private to the
// server.
//
// Thread-safety: all functions may be called from many threads at once. Lifetime: held by a shared
// pointer, since the last session may end when the rest of the server no longer exists.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>

namespace strata::net {

class LiveSessions {
 public:
  std::uint64_t count() const {
    const std::lock_guard lock(mutex_);
    return count_;
  }
  // Blocks until there are none. False if some are left after `patience`.
  bool wait_until_none(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [this] { return count_ == 0; });
  }
  void wait_until_none() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return count_ == 0; });
  }

  // Counts one session as long as it lives. Make it the first member of a session: then it is
  // destroyed last, after all other members.
  class Membership {
   public:
    explicit Membership(std::shared_ptr<LiveSessions> of) : of_(std::move(of)) { of_->change(1); }
    ~Membership() { of_->change(-1); }
    Membership(const Membership&) = delete;
    Membership& operator=(const Membership&) = delete;

   private:
    const std::shared_ptr<LiveSessions> of_;
  };

 private:
  void change(int by) {
    const std::lock_guard lock(mutex_);
    count_ += static_cast<std::uint64_t>(by);
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t count_ = 0;  // guarded by mutex_
};

}  // namespace strata::net
