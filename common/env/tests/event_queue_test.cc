#include "env/event_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace strata::env {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class EventQueueTest : public ::testing::Test {
 protected:
  TimePoint after(std::chrono::nanoseconds time) const { return TimePoint(time); }
  Task note(int number) {
    return [this, number] { seen_.push_back(number); };
  }

  EventQueue queue_;
  std::vector<int> seen_;
};

TEST_F(EventQueueTest, RunsEventsInTheOrderOfTimeThenOfTheirAddition) {
  queue_.add(after(2s), nullptr, note(4));
  queue_.add(after(1s), nullptr, note(1));
  queue_.add(after(2s), nullptr, note(5));
  queue_.add(after(1s), nullptr, [this] {
    seen_.push_back(2);
    queue_.add(after(0s), nullptr, note(3));  // in the past: now
  });
  while (queue_.run_one()) continue;
  EXPECT_THAT(seen_, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_TRUE(queue_.empty());
}

TEST_F(EventQueueTest, ItsClockStandsAtTheTimeOfTheEvent) {
  std::vector<std::chrono::nanoseconds> times;
  const auto note_time = [&] { times.push_back(queue_.clock().steady()); };
  queue_.add(after(1500ms), nullptr, note_time);
  queue_.add(after(1h), nullptr, note_time);
  EXPECT_EQ(queue_.now(), after(0s));
  EXPECT_TRUE(queue_.run_one());
  EXPECT_TRUE(queue_.run_one());
  EXPECT_FALSE(queue_.run_one());
  EXPECT_THAT(times, ElementsAre(1500ms, 1h));
  EXPECT_EQ(queue_.clock().wall(), 1h);
}

TEST_F(EventQueueTest, RunsUntilATimeAndThatTimeIsTheLast) {
  queue_.add(after(1s), nullptr, note(1));
  queue_.add(after(2s), nullptr, [this] { queue_.add(after(2s), nullptr, note(2)); });
  queue_.add(after(2s + 1ns), nullptr, note(3));
  queue_.run_until(after(2s));
  EXPECT_THAT(seen_, ElementsAre(1, 2));
  EXPECT_EQ(queue_.now(), after(2s));
  queue_.run_until(after(1s));
  EXPECT_EQ(queue_.now(), after(2s)) << "time never goes back";
  queue_.run_until(after(1h));
  EXPECT_THAT(seen_, ElementsAre(1, 2, 3));
  EXPECT_EQ(queue_.now(), after(1h));
}

TEST_F(EventQueueTest, CancelsOneEventOrAllOfAnOwner) {
  const int one = 0;
  const int two = 0;
  const auto event = queue_.add(after(1s), &one, note(1));
  queue_.add(after(1s), &one, note(2));
  queue_.add(after(2s), &two, note(3));
  queue_.add(after(3s), &one, note(4));
  queue_.cancel(event);
  queue_.cancel(event);
  EXPECT_TRUE(queue_.run_one());
  EXPECT_THAT(seen_, ElementsAre(2));
  queue_.cancel_all(&one);
  queue_.run_until(after(1h));
  EXPECT_THAT(seen_, ElementsAre(2, 3));
}

TEST_F(EventQueueTest, PostponesWhatAnOwnerWouldDoInItsOrder) {
  const int one = 0;
  const int two = 0;
  queue_.add(after(3s), &one, note(3));
  queue_.add(after(1s), &one, note(1));
  const auto cancelled = queue_.add(after(2s), &one, note(2));
  queue_.add(after(2s), &two, note(20));
  queue_.add(after(9s), &one, note(9));
  queue_.add(after(5s), &one, note(5));
  queue_.postpone_all(&one, after(5s));
  queue_.postpone_all(&one, after(6s));
  queue_.cancel(cancelled);
  queue_.run_until(after(6s) - 1ns);
  EXPECT_THAT(seen_, ElementsAre(20));
  queue_.run_until(after(6s));
  EXPECT_THAT(seen_, ElementsAre(20, 1, 3, 5));
  queue_.cancel(cancelled);
  queue_.clear();
  EXPECT_TRUE(queue_.empty());
}

TEST_F(EventQueueTest, GoesOnAfterAnEventThatThrows) {
  queue_.add(after(1s), nullptr, [] { throw std::runtime_error("event"); });
  queue_.add(after(1s), nullptr, note(1));
  EXPECT_THROW(queue_.run_until(after(1h)), std::runtime_error);
  EXPECT_THAT(seen_, IsEmpty());
  queue_.run_until(after(1h));
  EXPECT_THAT(seen_, ElementsAre(1));
}

}  // namespace
}  // namespace strata::env
