// Task 1.7: a snapshot of the map, and dropping the log before it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/checksum.h"
#include "env/simulated_file_system.h"
#include "testing/golden.h"
#include "testing/model.h"
#include "testing/results.h"
#include "wal/logged_store.h"
#include "wal/snapshot_file.h"

namespace strata::wal {
namespace {

using testing::FailsWith;
using testing::golden_hex;
using testing::golden_text;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::to_hex;

const env::Path kStoreDirectory = "/data";

LoggedStoreOptions small_options() {
  LoggedStoreOptions options;
  options.log = {.segment_bytes = 2048, .preallocate = 512};
  options.auto_checkpoint = false;
  return options;
}

class Checkpoint : public ::testing::Test {
 protected:
  void SetUp() override { open(fs_); }
  void open(env::FileSystem& fs) {
    store_.reset();
    auto opened = LoggedStore::open(fs, kStoreDirectory, small_options());
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    store_ = *std::move(opened);
  }
  void put(int first, int count) {
    for (int i = first; i < first + count; ++i) {
      const WriteBatch batch =
          WriteBatch().put(fmt::format("key{:03}", i % 50), fmt::format("v{}", i));
      ASSERT_TRUE(store_->write(batch).has_value());
      testing::apply(batch, model_);
    }
  }
  void checkpoint() {
    const auto done = store_->checkpoint();
    ASSERT_TRUE(done.has_value()) << done.error().message;
  }
  void expect_everything() {
    const auto found = testing::contents_of(*store_);
    ASSERT_TRUE(found.has_value()) << found.error().message;
    EXPECT_EQ(testing::difference(model_, *found), "");
  }
  std::vector<std::string> files(std::string_view suffix,
                                 const env::Path& directory = kStoreDirectory) {
    std::vector<std::string> found;
    const auto names = fs_.list(directory);
    for (const std::string& name : *names)
      if (name.ends_with(suffix)) found.push_back(name);
    return found;
  }

  env::SimulatedFileSystem fs_;
  std::unique_ptr<LoggedStore> store_;
  testing::Model model_;
};

TEST_F(Checkpoint, DropsTheLogAndKeepsTheData) {
  put(0, 500);
  EXPECT_GT(files(".log", store_->log_directory()).size(), 5u);
  checkpoint();
  EXPECT_THAT(files(".log", store_->log_directory()), SizeIs(1));
  EXPECT_THAT(files(".snap"), SizeIs(1));
  expect_everything();
  put(500, 20);
  open(fs_);
  expect_everything();
}

TEST_F(Checkpoint, ReplacesTheOneBefore) {
  for (int round = 0; round < 5; ++round) {
    put(round * 100, 100);
    checkpoint();
    EXPECT_THAT(files(".snap"), SizeIs(1));
    EXPECT_THAT(files(".tmp"), SizeIs(0));
  }
  open(fs_);
  expect_everything();
}

TEST_F(Checkpoint, OfAnEmptyStoreIsFine) {
  checkpoint();
  checkpoint();
  open(fs_);
  expect_everything();
}

// The power fails at each of the checkpoint's calls. Every write that was acknowledged before is
// there afterwards.
TEST_F(Checkpoint, NoPowerCutInItsMidstLosesAnything) {
  put(0, 200);
  std::uint64_t calls = 0;
  fs_.on_change([&] {
    for (const env::Unsynced what :
         {env::Unsynced::kLost, env::Unsynced::kSubset, env::Unsynced::kKept}) {
      const auto disk = fs_.after_power_cut({.data = what, .names = what, .seed = ++calls});
      auto copy = LoggedStore::open(*disk, kStoreDirectory, small_options());
      ASSERT_TRUE(copy.has_value()) << copy.error().message;
      const auto found = testing::contents_of(**copy);
      ASSERT_TRUE(found.has_value());
      ASSERT_EQ(testing::difference(model_, *found), "") << "call " << calls;
    }
  });
  checkpoint();
  fs_.on_change(nullptr);
  EXPECT_GT(calls, 20u);
}

TEST_F(Checkpoint, MayBeFuzzyWhileOthersWrite) {
  put(0, 100);
  int written = 100;
  bool writing = false;
  fs_.on_change([&] {  // a writer, between the checkpoint's own calls
    const bool in_snapshot = !files(".snap.tmp").empty();
    if (!in_snapshot || writing || written > 130) return;
    writing = true;
    std::jthread([&] { put(written++, 1); }).join();
    writing = false;
  });
  checkpoint();
  fs_.on_change(nullptr);
  EXPECT_GT(written, 100);
  const auto disk = fs_.after_power_cut({});
  open(*disk);
  expect_everything();
  store_.reset();
}

TEST_F(Checkpoint, ThatFailsLosesNothingAndCanBeRepeated) {
  put(0, 200);
  fs_.set_capacity(0);
  EXPECT_THAT(store_->checkpoint(), FailsWith(ErrorCode::kUnavailable));
  expect_everything();
  fs_.set_capacity(~std::uint64_t{0});
  EXPECT_THAT(files(".snap.tmp"), SizeIs(0));
  checkpoint();
  put(200, 10);
  open(fs_);
  expect_everything();
}

TEST_F(Checkpoint, HappensByItselfAndKeepsTheLogShort) {
  store_.reset();
  LoggedStoreOptions options = small_options();
  options.auto_checkpoint = true;
  options.workers = &env::inline_workers();
  options.checkpoint_min_log_bytes = 10'000;
  options.checkpoint_ratio = 2;
  auto opened = LoggedStore::open(fs_, kStoreDirectory, options);
  ASSERT_TRUE(opened.has_value());
  store_ = *std::move(opened);
  for (int round = 0; round < 20; ++round) {
    put(round * 100, 100);
    const auto stats = store_->stats();
    ASSERT_TRUE(stats.has_value());
    for (const Stat& stat : *stats)
      if (stat.name == "log_bytes") {
        EXPECT_LT(std::get<std::uint64_t>(stat.value), 30'000u);
      }
  }
  EXPECT_THAT(files(".snap"), SizeIs(1));
  expect_everything();
}

TEST_F(Checkpoint, WithAFlippedByteIsRefusedByName) {
  put(0, 100);
  checkpoint();
  ASSERT_TRUE(store_->close().has_value());
  const env::Path path = kStoreDirectory / files(".snap").front();
  const Bytes good = fs_.content(path);
  store_.reset();
  std::uint64_t refused = 0;
  for (std::size_t at = 0; at < good.size(); at += 3) {
    Bytes bad = good;
    bad[at] ^= std::byte{0x40};
    fs_.set_content(path, bad);
    const auto opened = LoggedStore::open(fs_, kStoreDirectory, small_options());
    if (opened) {  // the byte is padding
      const auto found = testing::contents_of(**opened);
      EXPECT_EQ(testing::difference(model_, *found), "");
      continue;
    }
    ++refused;
    EXPECT_THAT(opened.error().message, HasSubstr(path.filename().string()));
  }
  EXPECT_GT(refused, good.size() / 4);
  fs_.set_content(path, good);
  open(fs_);
  expect_everything();
}

TEST_F(Checkpoint, ThatOutrunsItsLogIsRefused) {
  put(0, 100);
  checkpoint();
  put(100, 10);
  checkpoint();
  ASSERT_TRUE(store_->close().has_value());
  const env::Path log = store_->log_directory();
  store_.reset();
  const env::Path segment = log / files(".log", log).back();
  // Remove the log that the snapshot needs.
  ASSERT_TRUE(fs_.remove(segment).has_value());
  const auto opened = LoggedStore::open(fs_, kStoreDirectory, small_options());
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(opened, FailsWith(ErrorCode::kCorruption));
  EXPECT_THAT(opened.error().message, HasSubstr("hole"));
}

// The segment is there, but it ends before the snapshot's log_end.
TEST_F(Checkpoint, ThatSawMoreThanTheLogHasIsRefused) {
  put(0, 100);
  const env::Path log = store_->log_directory();
  bool wrote = false;
  fs_.on_change([&] {  // a write between the copy and the end makes log_end larger
    if (wrote || files(".snap.tmp").empty()) return;
    wrote = true;
    std::jthread([&] { put(100, 5); }).join();
  });
  checkpoint();
  fs_.on_change(nullptr);
  ASSERT_TRUE(wrote);
  store_.reset();
  const env::Path segment = log / files(".log", log).back();
  Bytes bytes = fs_.content(segment);
  bytes.resize(kSegmentHeaderSize);
  fs_.set_content(segment, bytes);
  const auto opened = LoggedStore::open(fs_, kStoreDirectory, small_options());
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(opened, FailsWith(ErrorCode::kCorruption));
  EXPECT_THAT(opened.error().message, HasSubstr("when the snapshot was made"));
}

// Each frame is valid, but the file as a whole is not.
TEST_F(Checkpoint, WithAWrongFooterOrMoreBehindItIsRefused) {
  put(0, 10);
  checkpoint();
  const env::Path path = kStoreDirectory / files(".snap").front();
  store_.reset();
  const Bytes good = fs_.content(path);
  const auto refused_with = [&](std::string_view what) {
    const auto opened = LoggedStore::open(fs_, kStoreDirectory, small_options());
    ASSERT_THAT(opened, FailsWith(ErrorCode::kCorruption));
    EXPECT_THAT(opened.error().message, HasSubstr(what));
  };
  Bytes longer = good;
  longer.push_back(std::byte{0});
  fs_.set_content(path, longer);
  refused_with("bytes behind the footer");

  constexpr std::size_t kFooterFrame = frame_size(16);
  const ByteView header = ByteView(good).first(kSnapshotHeaderSize);
  const Position position(good.size() - kFooterFrame - kSnapshotHeaderSize);
  Bytes footer;
  Encoder out(footer);
  out.u64(11);  // the number of entries; there are ten
  out.u64(0);
  Bytes miscounted(good.begin(), good.end() - kFooterFrame);
  Bytes frame;
  encode_frame(checksum64(header, kSnapshotHeaderSize), position, position, footer, frame);
  miscounted.insert(miscounted.end(), frame.begin(), frame.end());
  fs_.set_content(path, miscounted);
  refused_with("the footer counts 11 entries; there are 10");
}

TEST_F(Checkpoint, AndStoreAreTheWorkedExamplesOfFormatMd) {
  constexpr std::uint64_t kId = 0x0123456789abcdef;
  const auto writer = SnapshotWriter::create(
      fs_, kStoreDirectory,
      {.log_id = kId, .position = Position(16), .timestamp = Timestamp(1'700'000'000'000'000)});
  ASSERT_TRUE(writer.has_value());
  ASSERT_TRUE((*writer)->add(WriteBatch().put("user:1", "Ada")).has_value());
  ASSERT_TRUE((*writer)->finish(Position(96)).has_value());
  EXPECT_EQ(to_hex(fs_.content(kStoreDirectory / snapshot_name(Position(16)))),
            golden_hex("snapshot"));
  EXPECT_EQ(encode_store({{.kind = "logged", .version = 2, .id = kId}, {{"wal", 96}}}),
            golden_text("store"));
}

TEST_F(Checkpoint, AFileOfAnotherStoreIsRefused) {
  put(0, 10);
  checkpoint();
  const std::string name = files(".snap").front();
  const Bytes foreign = [&] {
    env::SimulatedFileSystem other;
    auto store = LoggedStore::open(other, kStoreDirectory, small_options());
    EXPECT_TRUE((*store)->put("x", "y").has_value());
    EXPECT_TRUE((*store)->checkpoint().has_value());
    const auto names = other.list(kStoreDirectory);
    for (const std::string& found : *names)
      if (found.ends_with(".snap")) return other.content(kStoreDirectory / found);
    return Bytes();
  }();
  store_.reset();
  fs_.set_content(kStoreDirectory / name, foreign);
  const auto opened = LoggedStore::open(fs_, kStoreDirectory, small_options());
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(opened, FailsWith(ErrorCode::kCorruption));
}

}  // namespace
}  // namespace strata::wal
