// The events of a simulated world, in virtual time. No real time passes between two events, and
// none passes on the virtual clock while one runs. Events run in the order of their times, and
// those of one time in the order in which they were added: so the same program with the same seeds
// always runs in the same way, on every machine.
//
// Thread-safety: none; a world has one thread.
#pragma once

#include <compare>
#include <cstdint>
#include <map>

#include "env/clock.h"
#include "env/executor.h"

namespace strata::env {

class EventQueue {
 public:
  struct Event {  // the name of an event; no other event ever has the same
    TimePoint time;
    std::uint64_t number = 0;

    friend auto operator<=>(const Event&, const Event&) = default;
  };

  EventQueue() = default;
  ~EventQueue();
  EventQueue(const EventQueue&) = delete;
  EventQueue& operator=(const EventQueue&) = delete;

  TimePoint now() const { return clock_.now(); }
  Clock& clock() { return clock_; }  // of the same time; nobody has set its date

  // Adds an event; one in the past happens now, after those that were added before. `owner` is
  // whoever must be alive when it happens; it is only compared.
  Event add(TimePoint time, const void* owner, Task task);
  // Has no effect if the event has happened, or happens right now.
  void cancel(Event event);
  // Cancels all events of `owner`.
  void cancel_all(const void* owner);
  // What `owner` would do before `time` it does at `time`, in the same order: as if its process had
  // been stopped until then. The events keep their names.
  void postpone_all(const void* owner, TimePoint time);
  // Cancels all events.
  void clear();

  bool empty() const { return events_.empty(); }
  // Runs the next event, at its time. False if there was none. Throws what the event throws; the
  // event is gone then, and the queue can go on.
  bool run_one();
  // Runs all events up to `time`, and those at `time`. Ensures: now() >= time.
  void run_until(TimePoint time);

 private:
  struct Pending {
    const void* owner;
    Task task;
    Event name;
  };

  SimulatedClock clock_;
  std::uint64_t added_ = 0;
  std::map<Event, Pending> events_;     // an event is at the place of its name, unless postponed
  std::map<Event, Event> postponed_{};  // names, and places
};

}  // namespace strata::env
