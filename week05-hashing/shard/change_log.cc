#include "shard/change_log.h"

#include <new>
#include <utility>

namespace strata::shard {
namespace {

constexpr std::size_t kCost = 150;  // bytes of memory that a key takes beside its own

}  // namespace

void ChangeLog::note(std::string_view key) noexcept {
  const std::lock_guard lock(mutex_);
  if (lost_) return;
  try {
    add(key);
  } catch (const std::bad_alloc&) {
    lose();
  }
  if (bytes_ > most_bytes_) lose();
}

// Requires: mutex_ is held.
void ChangeLog::add(std::string_view key) {
  if (const auto known = numbers_.find(key); known != numbers_.end()) {
    const std::uint64_t earlier = known->second;
    numbers_.erase(known);
    bytes_ -= keys_.at(earlier).size() + kCost;
    keys_.erase(earlier);
  }
  const auto at = keys_.emplace(last_ + 1, key).first;
  ++last_;
  bytes_ += key.size() + kCost;
  numbers_.emplace(at->second, last_);
}

// Requires: mutex_ is held.
void ChangeLog::lose() {
  lost_ = true;
  numbers_.clear();
  keys_.clear();
  bytes_ = 0;
}

ChangeLog::Changes ChangeLog::after(std::uint64_t after, std::size_t most) {
  const std::lock_guard lock(mutex_);
  while (!keys_.empty() && keys_.begin()->first <= after) {
    numbers_.erase(keys_.begin()->second);
    bytes_ -= keys_.begin()->second.size() + kCost;
    keys_.erase(keys_.begin());
  }
  Changes result{.changes = {}, .end = keys_.size() <= most};
  for (const auto& [number, key] : keys_) {
    if (result.changes.size() == most) break;
    result.changes.push_back({number, key});
  }
  return result;
}

bool ChangeLog::is_lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

std::size_t ChangeLog::size() const {
  const std::lock_guard lock(mutex_);
  return keys_.size();
}

}  // namespace strata::shard
