// Makes the tokens of one client. token_table.h says what they are for.
//
// Thread-safety: all functions may be called from many threads at once.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>

#include "net/token_table.h"

namespace strata::net {

class TokenSource {
 public:
  // Requires: `client` is random and not 0.
  explicit TokenSource(std::uint64_t client) : client_(client) {}

  // Returns a token that no other write has. Blocks while kTokenWindow writes are unsettled: a
  // server remembers no more of one client.
  Token next() {
    std::unique_lock lock(mutex_);
    settled_.wait(lock, [this] { return next_ - oldest() < kTokenWindow; });
    const Token token{.client = client_, .sequence = next_, .settled_below = oldest()};
    unsettled_.insert(next_++);
    return token;
  }

  // To be called when the outcome of the write is known, or nobody will ask for it again.
  void settle(const Token& token) {
    {
      const std::lock_guard lock(mutex_);
      unsettled_.erase(token.sequence);
    }
    settled_.notify_all();
  }

 private:
  std::uint64_t oldest() const { return unsettled_.empty() ? next_ : *unsettled_.begin(); }

  const std::uint64_t client_;
  std::mutex mutex_;
  std::condition_variable settled_;
  std::uint64_t next_ = 1;             // guarded by mutex_
  std::set<std::uint64_t> unsettled_;  // guarded by mutex_
};

}  // namespace strata::net
