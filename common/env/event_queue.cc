#include "env/event_queue.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace strata::env {

// Here and below: a task's destructor may call this queue, so the queue is whole by then.
EventQueue::~EventQueue() { clear(); }

void EventQueue::clear() {
  postponed_.clear();
  const auto left = std::exchange(events_, {});
}

EventQueue::Event EventQueue::add(TimePoint time, const void* owner, Task task) {
  const Event event{std::max(time, now()), ++added_};
  events_.emplace(event, Pending{owner, std::move(task), event});
  return event;
}

void EventQueue::cancel(Event event) {
  if (const auto moved = postponed_.extract(event)) event = moved.mapped();
  const auto cancelled = events_.extract(event);
}

void EventQueue::cancel_all(const void* owner) {
  std::vector<Task> cancelled;
  for (auto at = events_.begin(); at != events_.end();) {
    const auto here = at++;
    if (here->second.owner != owner) continue;
    if (!postponed_.empty()) postponed_.erase(here->second.name);
    cancelled.push_back(std::move(events_.extract(here).mapped().task));
  }
}

void EventQueue::postpone_all(const void* owner, TimePoint time) {
  // Those that stand at `time` already come after those that are moved there.
  std::vector<std::map<Event, Pending>::node_type> moved;
  for (auto at = events_.begin(); at != events_.end() && at->first.time <= time;) {
    const auto here = at++;
    if (here->second.owner == owner) moved.push_back(events_.extract(here));
  }
  for (auto& event : moved) {
    event.key() = {time, ++added_};
    postponed_[event.mapped().name] = event.key();
    events_.insert(std::move(event));
  }
}

bool EventQueue::run_one() {
  if (events_.empty()) return false;
  auto next = events_.extract(events_.begin());
  if (!postponed_.empty()) postponed_.erase(next.mapped().name);
  clock_.advance(next.key().time - now());
  next.mapped().task();
  return true;
}

void EventQueue::run_until(TimePoint time) {
  while (!events_.empty() && events_.begin()->first.time <= time) run_one();
  if (time > now()) clock_.advance(time - now());
}

}  // namespace strata::env
