// S10 in common/docs/reliability.md, for the store: readers, writers, scans, snapshots, flushes and
// close at once.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "env/posix_file_system.h"
#include "env/random.h"
#include "lsm_options.h"
#include "merge_all.h"
#include "testing/eventually.h"
#include "testing/model.h"
#include "testing/results.h"
#include "testing/sanitizers.h"
#include "testing/temporary_directory.h"

namespace strata::lsm {
namespace {

using testing::IsOk;

constexpr int kScanned = testing::kSanitized ? 20'000 : 1'000'000;

Result<std::unique_ptr<LsmStore>> open_with(SyncMode sync, const env::Path& directory,
                                            std::shared_ptr<Compactor> compactor = nullptr) {
  LsmOptions options = small_options(env::threads());
  options.compactor = std::move(compactor);
  options.sync = sync;
  options.sync_interval = std::chrono::milliseconds(1);
  return LsmStore::open(env::posix_file_system(), directory, options);
}

TEST(LsmThreads, WritersReadersScansSnapshotsFlushesAndCompactionsAtOnce) {
  for (const SyncMode sync : {SyncMode::kAlways, SyncMode::kInterval, SyncMode::kNever}) {
    SCOPED_TRACE(name_of(sync));
    const testing::TemporaryDirectory directory;
    const auto compactor =
        std::make_shared<MergeAll>(env::posix_file_system(), directory.path() / "store");
    const auto store = open_with(sync, directory.path() / "store", compactor).value();
    // First on the test's own thread, because a body that is not written yet throws.
    ASSERT_THAT(store->put("first", ""), IsOk());
    ASSERT_THAT(store->flush(), IsOk());
    ASSERT_TRUE(testing::contents_of(*store).has_value());
    std::atomic<int> writing{2};
    {
      std::vector<std::jthread> threads;
      for (int w = 0; w < 2; ++w) {
        threads.emplace_back([&, w] {
          for (int i = 0; i < 300; ++i)
            EXPECT_THAT(store->put(fmt::format("{}:{:03}", w, i), std::string(100, 'x')), IsOk());
          --writing;
        });
      }
      const auto meanwhile = [&](auto action) {
        threads.emplace_back([&, action] {
          while (writing > 0) action();
        });
      };
      meanwhile([&] { EXPECT_THAT(store->get("0:100"), IsOk()); });
      meanwhile([&] { EXPECT_TRUE(testing::contents_of(*store).has_value()); });
      meanwhile([&] {
        const auto snapshot = store->snapshot().value();
        const auto once = store->get("1:001", {snapshot}).value();
        EXPECT_EQ(store->get("1:001", {snapshot}).value(), once);
      });
      meanwhile([&] {
        EXPECT_THAT(store->flush(), IsOk());
        EXPECT_THAT(store->stats(), IsOk());
      });
    }
    ASSERT_THAT(store->close(), IsOk());
    const auto reopened = open_with(sync, directory.path() / "store").value();
    EXPECT_EQ(testing::contents_of(*reopened).value().size(), 601u);
    EXPECT_GE(compactor->steps(), 1);
  }
}

// Each batch writes two keys. Readers must always see both in the same state, whatever is merged
// meanwhile.
TEST(LsmThreads, AReaderSeesAllOfABatchOrNothing) {
  const testing::TemporaryDirectory directory;
  const auto compactor =
      std::make_shared<MergeAll>(env::posix_file_system(), directory.path() / "store");
  const auto store = open_with(SyncMode::kNever, directory.path() / "store", compactor).value();
  ASSERT_THAT(store->write(WriteBatch().put("a", "0").put("b", "0")), IsOk());
  ASSERT_THAT(store->flush(), IsOk());
  std::atomic<bool> writing{true};
  std::jthread writer([&] {
    for (int i = 1; i < 3000; ++i) {
      const std::string value = fmt::format("{}", i);
      EXPECT_THAT(store->write(WriteBatch().put("a", value).put("b", value)), IsOk());
    }
    writing = false;
  });
  while (writing) {
    const auto seen = testing::contents_of(*store).value();
    ASSERT_EQ(seen.at("a"), seen.at("b"));
  }
}

// A thread closes the store while others write. All writes that were answered ok are kept, and no
// write succeeds afterwards.
TEST(LsmThreads, ClosingBesideWritersLosesNothingThatWasAnswered) {
  for (int round = 0; round < 20; ++round) {
    const testing::TemporaryDirectory directory;
    const auto store = open_with(SyncMode::kNever, directory.path() / "store").value();
    ASSERT_THAT(store->put("first", ""), IsOk());
    ASSERT_THAT(store->flush(), IsOk());
    std::atomic<std::uint64_t> answered{1};
    {
      std::vector<std::jthread> writers;
      for (int w = 0; w < 3; ++w) {
        writers.emplace_back([&, w] {
          for (int i = 0;; ++i) {
            const auto written = store->put(fmt::format("{}:{}", w, i), std::string(50, 'v'));
            if (!written) {
              EXPECT_EQ(written.error().code, ErrorCode::kUnavailable) << written.error().message;
              return;
            }
            ++answered;
          }
        });
      }
      EXPECT_TRUE(testing::eventually([&] { return answered >= 300; }));
      ASSERT_THAT(store->close(), IsOk());
    }
    const auto reopened = open_with(SyncMode::kNever, directory.path() / "store").value();
    EXPECT_EQ(testing::contents_of(*reopened).value().size(), answered.load());
  }
}

// A snapshot of many keys is scanned while all of them are overwritten.
TEST(LsmThreads, ASnapshotIsScannedAsItWasWhileEverythingIsOverwritten) {
  const testing::TemporaryDirectory directory;
  LsmOptions options;
  options.sync = SyncMode::kNever;
  options.memtable_bytes = std::uint64_t{8} << 20;
  const auto store =
      LsmStore::open(env::posix_file_system(), directory.path() / "store", options).value();
  const auto key_of = [](int i) { return fmt::format("{:016}", i); };
  const auto old_value = [](int i) { return fmt::format("old {}", i); };
  ASSERT_THAT(store->put("first", ""), IsOk());
  ASSERT_THAT(store->remove("first"), IsOk());
  ASSERT_THAT(store->flush(), IsOk());
  for (int i = 0; i < kScanned; ++i) ASSERT_THAT(store->put(key_of(i), old_value(i)), IsOk());
  const auto snapshot = store->snapshot().value();
  std::atomic<int> overwritten{0};
  std::jthread writer([&] {
    for (; overwritten < kScanned; ++overwritten) {
      // In a different order, and some of them are deleted.
      const int i = static_cast<int>((overwritten * 7919LL) % kScanned);
      EXPECT_THAT(i % 5 == 0 ? store->remove(key_of(i)) : store->put(key_of(i), "new"), IsOk());
    }
  });
  ASSERT_TRUE(testing::eventually([&] { return overwritten >= 1000; }));
  const auto cursor = store->scan({.snapshot = snapshot}).value();
  for (int i = 0; i < kScanned; ++i) {
    const auto entry = cursor->next().value();
    ASSERT_TRUE(entry.has_value()) << i;
    ASSERT_EQ(entry->key, key_of(i));
    ASSERT_EQ(entry->value, old_value(i));
  }
  EXPECT_FALSE(cursor->next().value().has_value());
}

// Others write and merge while the entries are read, and readers see one content or the other.
TEST(LsmThreads, IsReplacedWhileOthersReadAndWrite) {
  const testing::TemporaryDirectory directory;
  const env::Path path = directory.path() / "store";
  auto store =
      open_with(SyncMode::kNever, path, std::make_shared<MergeAll>(env::posix_file_system(), path))
          .value();
  ASSERT_THAT(store->put("left", "0"), IsOk());
  std::atomic<bool> done{false};
  {
    std::vector<std::jthread> threads;
    threads.emplace_back([&] {
      for (int i = 0; !done; ++i) {
        EXPECT_THAT(store->put(fmt::format("other{}", i % 100), std::string(50, 'v')), IsOk());
      }
    });
    threads.emplace_back([&] {
      std::string last;
      while (!done) {  // both keys are always of the same replacement
        const auto cursor = store->scan({.range = {"left", "s"}}).value();
        std::string left;
        std::string right;
        while (const auto entry = cursor->next().value()) {
          if (entry->key == "left") left = entry->value;
          if (entry->key == "right") right = entry->value;
        }
        EXPECT_TRUE(right.empty() || left == right) << left << " " << right;
        EXPECT_LE(last, left);
        last = left;
      }
    });
    for (int i = 0; i < 30; ++i) {
      const std::string value = fmt::format("{:04}", i);
      testing::ListCursor entries({{"left", value}, {"right", value}});
      EXPECT_THAT(store->replace(entries), IsOk());
      EXPECT_EQ(store->get("right").value(), value);
    }
    done = true;
  }
  ASSERT_THAT(store->close(), IsOk());
  store = open_with(SyncMode::kNever, path).value();
  EXPECT_EQ(store->get("left").value(), "0029");
  EXPECT_EQ(store->get("right").value(), "0029");
}

}  // namespace
}  // namespace strata::lsm
