#include "base/published.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace strata {
namespace {

TEST(Published, IsNullBeforeTheFirstAndThenTheLatest) {
  Published<int> published;
  EXPECT_EQ(published.get(), nullptr);
  for (int value : {1, 2, 3}) {
    published.set(std::make_shared<const int>(value));
    EXPECT_EQ(*published.get(), value);
  }
}

TEST(Published, AValueLivesForAsLongAsSomebodyHoldsIt) {
  Published<int> published;
  auto first = std::make_shared<const int>(1);
  const std::weak_ptr<const int> watch = first;
  published.set(first);
  first.reset();
  auto held = published.get();
  published.set(std::make_shared<const int>(2));
  EXPECT_FALSE(watch.expired());
  EXPECT_EQ(*held, 1);
  held.reset();
  EXPECT_TRUE(watch.expired());
}

// A get() that begins after a set() has returned sees that value or a later one, on any thread.
TEST(Published, NobodyGoesBack) {
  Published<int> published;
  published.set(std::make_shared<const int>(0));
  std::atomic<int> set{0};
  std::vector<std::jthread> readers;
  for (int r = 0; r < 10; ++r)
    readers.emplace_back([&] {
      int last = 0;
      while (last < 2000) {
        const int least = set;
        const auto value = published.get();
        ASSERT_GE(*value, least);
        ASSERT_GE(*value, last);
        last = *value;
      }
    });
  for (int value = 1; value <= 2000; ++value) {
    published.set(std::make_shared<const int>(value));
    set = value;
  }
}

}  // namespace
}  // namespace strata
