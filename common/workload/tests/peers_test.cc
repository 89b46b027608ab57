// The peers keep the Store contract, as far as the driver needs it.
#include "workload/peers/peers.h"

#include <gtest/gtest.h>

#include "env/temporary_directory.h"

namespace strata::workload {
namespace {

class PeerTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const auto found = find_target(targets_, GetParam());
    if (!found) GTEST_SKIP() << found.error().message;
    target_ = *found;
    store_ = open();
  }

  std::unique_ptr<Store> open() {
    return target_->open({.directory = directory_->path(), .sync = SyncMode::kAlways}).value();
  }
  void fill(std::string_view keys) {
    for (const char key : keys) ASSERT_TRUE(store_->put({&key, 1}, "value").has_value());
  }
  // The keys that a scan returns, in its order.
  std::string scanned(const ScanOptions& options) {
    std::string keys;
    const auto cursor = store_->scan(options).value();
    for (auto entry = cursor->next().value(); entry; entry = cursor->next().value())
      keys += entry->key;
    EXPECT_FALSE(cursor->next().value().has_value());
    return keys;
  }
  static ScanOptions over(std::string from, std::optional<std::string> to, bool reverse) {
    ScanOptions options;
    options.range = {std::move(from), std::move(to)};
    options.reverse = reverse;
    return options;
  }

  const std::vector<Target> targets_ = peers();
  const std::unique_ptr<env::TemporaryDirectory> directory_ =
      env::TemporaryDirectory::make({}, "strata-load").value();
  const Target* target_ = nullptr;
  std::unique_ptr<Store> store_;
};

TEST_P(PeerTest, ReturnsWhatWasWrittenAlsoAfterAReopen) {
  WriteBatch batch;
  batch.put("a", "1").put("b", "").remove("a").remove("never there");
  ASSERT_TRUE(store_->write(batch).has_value());
  ASSERT_TRUE(store_->close().has_value());
  store_ = open();
  EXPECT_EQ(store_->get("a").value(), std::nullopt);
  EXPECT_EQ(store_->get("b").value(), "");
  EXPECT_EQ(store_->stats().value().front().name, "num_keys");
}

TEST_P(PeerTest, ScansRangesInBothDirectionsUpToALimit) {
  fill("bdfh");
  EXPECT_EQ(scanned(over("", std::nullopt, false)), "bdfh");
  EXPECT_EQ(scanned(over("", std::nullopt, true)), "hfdb");
  EXPECT_EQ(scanned(over("d", "h", false)), "df");
  EXPECT_EQ(scanned(over("d", "h", true)), "fd");
  EXPECT_EQ(scanned(over("c", "g", true)), "fd");
  EXPECT_EQ(scanned(over("c", "z", true)), "hfd");
  EXPECT_EQ(scanned(over("x", std::nullopt, false)), "");
  EXPECT_EQ(scanned(over("x", std::nullopt, true)), "");
  EXPECT_EQ(scanned(over("", "b", true)), "");
  EXPECT_EQ(scanned(over("f", "d", false)), "");
  EXPECT_EQ(scanned(over("", "", true)), "");
  auto limited = over("", std::nullopt, true);
  limited.limit = 2;
  EXPECT_EQ(scanned(limited), "hf");
  limited.limit = 0;
  EXPECT_EQ(scanned(limited), "");
}

TEST_P(PeerTest, ACursorSeesTheStoreAsItWas) {
  fill("ac");
  const auto cursor = store_->scan({}).value();
  fill("b");
  ASSERT_TRUE(store_->remove("c").has_value());
  EXPECT_EQ(cursor->next().value()->key, "a");
  EXPECT_EQ(cursor->next().value()->key, "c");
}

TEST_P(PeerTest, ASnapshotSeesTheStoreAsItWasOrIsRefused) {
  fill("a");
  if (!store_->capabilities().snapshots) {
    EXPECT_EQ(store_->snapshot().error().code, ErrorCode::kUnsupported);
    return;
  }
  const auto snapshot = store_->snapshot().value();
  fill("b");
  EXPECT_EQ(store_->get("b", {.snapshot = snapshot}).value(), std::nullopt);
  EXPECT_EQ(store_->get("b").value(), "value");
  auto options = over("", std::nullopt, false);
  options.snapshot = snapshot;
  EXPECT_EQ(scanned(options), "a");
}

TEST_P(PeerTest, RefusesAnotherStoresSnapshot) {
  class Foreign final : public Snapshot {};
  const ReadOptions options{.snapshot = std::make_shared<Foreign>()};
  EXPECT_EQ(store_->get("a", options).error().code, ErrorCode::kInvalidArgument);
}

TEST_P(PeerTest, ChecksLimitsAtTheDoor) {
  EXPECT_EQ(store_->put("", "v").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(store_->get("").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(store_->put(std::string(kMaxKeySize + 1, 'k'), "v").error().code,
            ErrorCode::kInvalidArgument);
}

TEST_P(PeerTest, AnswersUnavailableOnceClosed) {
  ASSERT_TRUE(store_->close().has_value());
  EXPECT_TRUE(store_->close().has_value());
  EXPECT_EQ(store_->get("a").error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(store_->put("a", "v").error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(store_->scan({}).error().code, ErrorCode::kUnavailable);
}

TEST_P(PeerTest, ReportsADirectoryThatCannotBe) {
  const auto opened = target_->open({.directory = "/dev/null/x", .sync = SyncMode::kNever});
  ASSERT_FALSE(opened.has_value());
  EXPECT_TRUE(opened.error().message.contains(GetParam())) << opened.error().message;
}

TEST_P(PeerTest, OpensWithEverythingTuned) {
  ASSERT_TRUE(store_->close().has_value());
  for (const std::string& compression : target_->compressions) {
    const Tuning tuning{
        .write_buffer = 8 << 20, .cache = 1 << 20, .filter_bits = 10, .compression = compression};
    store_ =
        target_->open({.directory = directory_->path(), .sync = SyncMode::kNever, .tuning = tuning})
            .value();
    fill("q");
    EXPECT_EQ(store_->get("q").value(), "value");
    ASSERT_TRUE(store_->close().has_value());
  }
}

INSTANTIATE_TEST_SUITE_P(Peers, PeerTest, testing::Values("leveldb", "rocksdb", "lmdb"),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace strata::workload
