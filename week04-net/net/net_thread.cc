#include "net/net_thread.h"

#include <algorithm>
#include <functional>
#include <new>
#include <utility>

namespace strata::net {
namespace {

constexpr std::chrono::milliseconds kTick{100};
constexpr std::chrono::milliseconds kPause{50};  // after memory has run out

}  // namespace

NetThread::NetThread(SessionHost& host)
    : host_(host), timer_(shared_.io), thread_([this] { run(); }) {}

NetThread::~NetThread() {
  asio::post(shared_.io, [this] {
    work_.reset();
    timer_.cancel();
    ended_ = true;
    // A session that was accepted at the last moment.
    for (const auto& session : sessions()) session->close();
  });
}

void NetThread::adopt(Socket socket, std::uint64_t number) {
  const auto session = std::make_shared<Session>(std::move(socket), host_, shared_, number);
  strangers_.push_back(session);
  shared_.sessions[number] = session;
  session->begin();
  limit_strangers();
}

// The oldest ones make way for the newest.
void NetThread::limit_strangers() {
  while (strangers_.size() > host_.options.limits.strangers) {
    const auto oldest = strangers_.front().lock();
    strangers_.pop_front();
    if (oldest && oldest->is_stranger()) oldest->make_way();
  }
}

// A copy: a session that ends leaves the map.
std::vector<std::shared_ptr<Session>> NetThread::sessions() const {
  std::vector<std::shared_ptr<Session>> all;
  for (const auto& [number, session] : shared_.sessions) all.push_back(session);
  return all;
}

// If memory runs out in the middle of something, the thread goes on with the rest. Whoever waits
// for what was begun is disconnected, or runs into a time-out.
void NetThread::run() {
  for (;;) {
    try {
      if (!ticking_) tick();
      shared_.io.run();
      return;
    } catch (const std::bad_alloc&) {
      std::this_thread::sleep_for(kPause);
    }
  }
}

void NetThread::tick() {
  ticking_ = false;
  if (ended_) return;
  const TimePoint now = host_.now();
  Session::take_arrived(shared_, now);  // those that nobody was woken for, because memory ran out
  for (const auto& session : sessions()) session->tick(now);
  std::erase_if(strangers_, [](const std::weak_ptr<Session>& session) {
    const auto alive = session.lock();
    return !alive || !alive->is_stranger();
  });
  evict_slow_peers(now);
  timer_.expires_after(kTick);
  timer_.async_wait([this](asio::error_code) { tick(); });
  ticking_ = true;
}

// When there is no room, most of the memory may become free by itself, because requests are being
// done. If it does not, slow peers hold it. Then the sessions that hold the most are closed.
void NetThread::evict_slow_peers(TimePoint now) {
  auto all = host_.is_full() ? sessions() : decltype(sessions()){};
  std::size_t held = 0;
  for (const auto& session : all) held += session->held_for_peer();
  host_.held_for_peers += held - std::exchange(held_, held);
  if (!host_.is_full()) full_since_ = now;
  const ServerLimits& limits = host_.options.limits;
  if (now - full_since_ < limits.full || host_.held_for_peers < limits.total_bytes / 2) return;
  const auto held_by = [](const auto& session) { return session->held_for_peer(); };
  std::ranges::sort(all, std::ranges::greater(), held_by);
  for (const auto& session : all)
    if (host_.is_full() && session->held_for_peer() > 0) session->evict();
}

}  // namespace strata::net
