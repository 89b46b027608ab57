#include "shard/eraser.h"

#include <chrono>
#include <exception>
#include <utility>
#include <vector>

#include "net/hidden_keys.h"

namespace strata::shard {
namespace {

constexpr std::size_t kKeysAtOnce = 1000;  // that are removed in one batch
constexpr std::size_t kLookedAtAtOnce = 20'000;
constexpr std::chrono::milliseconds kPause{200};  // after an error

}  // namespace

void Eraser::erase(hashing::PointSet points, env::Task then) {
  line_.push_back({std::move(points), std::move(then)});
  if (line_.size() == 1) look();
}

void Eraser::look() {
  service_.read([&store = store_, &executor = executor_, me = std::weak_ptr(me_),
                 points = line_.front().points, from = line_.front().next_key]() mutable {
    Found found = look_for(store, points, std::move(from));
    executor.post([me = std::move(me), found = std::move(found)]() mutable {
      if (const auto alive = me.lock()) (*alive)->found(std::move(found));
    });
  });
}

Eraser::Found Eraser::look_for(Store& store, const hashing::PointSet& points,
                               std::string from) try {
  Found found;
  const auto cursor = store.scan({.range = {.from = std::move(from), .to = std::nullopt}});
  if (!cursor) return {.failed = true};
  for (std::size_t looked_at = 0; looked_at < kLookedAtAtOnce; ++looked_at) {
    const auto entry = (*cursor)->next();
    if (!entry) return {.failed = true};
    if (!*entry) {
      found.end = true;
      return found;
    }
    const std::string_view key = (*entry)->key;
    found.next_key = std::string(key) += '\0';
    if (net::is_hidden(key) || !points.contains(hashing::point_of(key))) continue;
    found.keys.emplace_back(key);
    if (found.keys.size() == kKeysAtOnce) break;
  }
  return found;
} catch (const std::exception&) {
  return {.failed = true};
}

void Eraser::found(Found found) {
  if (found.failed) return again();
  net::Delivery delivery;
  for (const std::string& key : found.keys) delivery.entries.remove(key);
  service_.deliver(std::move(delivery), [&executor = executor_, me = std::weak_ptr(me_),
                                         found = std::move(found)](Result<void> outcome) mutable {
    executor.post(
        [me = std::move(me), found = std::move(found), outcome = std::move(outcome)]() mutable {
          if (const auto alive = me.lock()) (*alive)->removed(outcome, std::move(found));
        });
  });
}

void Eraser::removed(const Result<void>& outcome, Found found) {
  if (!outcome) return again();
  line_.front().next_key = std::move(found.next_key);
  if (!found.end) return look();
  env::Task then = std::move(line_.front().then);
  line_.pop_front();
  if (!line_.empty()) look();
  then();
}

void Eraser::again() {
  pause_ = executor_.at(executor_.now() + kPause, [this] { look(); });
}

}  // namespace strata::shard
