#include "net_world/pipe.h"

#include <algorithm>
#include <utility>

namespace strata::world {
namespace {

constexpr std::chrono::nanoseconds kLong = std::chrono::milliseconds(100);

}  // namespace

env::Random Pipe::draw() const {
  return shared_.draw(kPipes, link_.number).split(static_cast<std::uint64_t>(ends_.direction));
}

void Pipe::send(std::string_view bytes) {
  env::Random random = draw();
  while (!bytes.empty()) {
    const std::size_t size = random.one_in(4) ? 1 + random.below(bytes.size()) : bytes.size();
    arrive(std::string(bytes.substr(0, size)), random);
    bytes.remove_prefix(size);
  }
}

void Pipe::end() {
  env::Random random = draw();
  arrive({}, random);
}

void Pipe::arrive(std::string bytes, env::Random& random) {
  shared_.note("bytes", bytes);
  under_way_ += bytes.size();
  if (ends_.names) show(bytes);
  const auto longest = random.one_in(150) ? std::max(kLong, link_.longest) : link_.longest;
  last_ = std::max({last_, link_.blocked_until, some_time_after(shared_.now(), longest, random)});
  shared_.queue.add(last_, this, [this, bytes = std::move(bytes)] { arrived(bytes); });
}

void Pipe::show(std::string_view bytes) {
  on_their_way_.push_back(++shared_.messages);
  shared_.observer.sent(
      on_their_way_.back(), ends_.from, ends_.to,
      bytes.empty() ? "the end of the connection" : ends_.names->next(ends_.direction, bytes),
      bytes.size());
}

// Whoever receives may destroy this pipe.
void Pipe::arrived(std::string_view bytes) {
  if (room() == 0) shared_.queue.add(shared_.now(), this, ends_.resume);
  under_way_ -= bytes.size();
  if (ends_.names) {
    shared_.observer.arrived(on_their_way_.front());
    on_their_way_.pop_front();
  }
  const auto receive = receive_;
  (*receive)(bytes);
}

void Pipe::drop(std::string_view why) {
  shared_.queue.cancel_all(this);
  under_way_ = 0;
  for (const sim::MessageNumber message : std::exchange(on_their_way_, {}))
    shared_.observer.lost(message, why);
}

void Pipe::delay_until(env::TimePoint time) {
  not_before(time);
  shared_.queue.postpone_all(this, time);
}

}  // namespace strata::world
