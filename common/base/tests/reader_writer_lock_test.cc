#include "base/reader_writer_lock.h"

#include <gtest/gtest.h>

#include <latch>
#include <mutex>
#include <shared_mutex>
#include <vector>

namespace strata {
namespace {

TEST(ReaderWriterLock, ReadersHoldItTogether) {
  ReaderWriterLock lock;
  constexpr int kReaders = 11;  // more than there are slots
  std::latch inside(kReaders);  // nobody leaves before all are in
  std::vector<std::jthread> readers;
  for (int i = 0; i < kReaders; ++i)
    readers.emplace_back([&] {
      const std::shared_lock held(lock);
      inside.arrive_and_wait();
    });
}

TEST(ReaderWriterLock, AWriterIsAlone) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 5000;
  ReaderWriterLock lock;
  int left = 0;  // guarded only by the lock under test
  int right = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i)
      threads.emplace_back([&] {
        for (int round = 0; round < kRounds; ++round) {
          {
            const std::unique_lock held(lock);
            ++left;
            ++right;
          }
          const std::shared_lock held(lock);
          EXPECT_EQ(left, right);
        }
      });
  }
  EXPECT_EQ(left, kThreads * kRounds);
}

TEST(ReaderWriterLock, AWriterGetsItsTurnAmongReaders) {
  ReaderWriterLock lock;
  std::atomic<bool> written{false};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      while (!written) const std::shared_lock held(lock);
    });
  threads.emplace_back([&] {
    const std::unique_lock held(lock);
    written = true;
  });
}

TEST(ReaderWriterLock, AfterALongSectionReaderAndWriterGetIt) {
  ReaderWriterLock lock;
  int value = 0;
  std::unique_lock writer(lock);
  std::latch waiting(2);
  std::jthread reader([&] {
    waiting.count_down();
    const std::shared_lock held(lock);
    EXPECT_GE(value, 1);
  });
  std::jthread other([&] {
    waiting.count_down();
    const std::unique_lock held(lock);
    ++value;
  });
  waiting.wait();
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();  // let them try
  value = 1;
  writer.unlock();
}

}  // namespace
}  // namespace strata
