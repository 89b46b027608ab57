// How many sessions of a server there are, for who waits until there is none. Private to the
// server.
//
// Thread-safety: all functions. The last to leave may do so when nothing else of the server is left
// but this; so it is held by a shared pointer.
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
  // False if some are left after `patience`.
  bool wait_until_none(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [this] { return count_ == 0; });
  }
  void wait_until_none() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return count_ == 0; });
  }

  // Counts one for as long as it lives. To be the first member of what is counted: then nothing
  // of that is left when it leaves.
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
