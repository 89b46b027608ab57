// Task 1.5: a log of many segments, and removing segments from both ends.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "env/simulated_file_system.h"
#include "small_log.h"
#include "wal/log.h"

namespace strata::wal {
namespace {

using ::testing::ElementsAre;
using Payloads = std::vector<std::string>;

const LogOptions kSmall{.segment_bytes = 512, .preallocate = 128};

std::string payload_of(int number) { return fmt::format("payload number {:03}", number); }

class Rotation : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(Log::create(fs_, kDirectory, kLog, Position()).has_value());
    log_ = open(fs_);
  }
  std::unique_ptr<Log> open(env::FileSystem& fs) {
    found_.clear();
    auto log = Log::open(fs, kDirectory, kLog, kSmall, {}, [&](const Record& record) {
      found_.emplace_back(as_text(record.payload));
      return Result<void>();
    });
    EXPECT_TRUE(log.has_value()) << log.error().message;
    if (!log) return nullptr;
    (*log)->check_invariants();
    return *std::move(log);
  }
  // Returns the position at which each record begins.
  std::vector<Position> append(int first, int count) {
    std::vector<Position> positions;
    for (int i = first; i < first + count; ++i) {
      const auto end = log_->append(as_bytes(payload_of(i)));
      EXPECT_TRUE(end.has_value()) << end.error().message;
      positions.push_back(Position(end->value() - frame_size(payload_of(i).size())));
    }
    EXPECT_TRUE(log_->sync().has_value());
    log_->check_invariants();
    return positions;
  }
  static Payloads payloads(int first, int count) {
    Payloads expected;
    for (int i = first; i < first + count; ++i) expected.push_back(payload_of(i));
    return expected;
  }
  Payloads read_from(Position from) {
    Payloads found;
    auto reader = LogReader::open(fs_, kDirectory, kLog, from);
    EXPECT_TRUE(reader.has_value()) << reader.error().message;
    while (reader) {
      const auto record = reader->next();
      EXPECT_TRUE(record.has_value()) << record.error().message;
      if (!record || !*record) break;
      found.emplace_back(as_text((*record)->payload));
    }
    return found;
  }

  env::SimulatedFileSystem fs_;
  std::unique_ptr<Log> log_;
  Payloads found_;
};

TEST_F(Rotation, WhatWasReservedTogetherStandsTogether) {
  append(0, 5);
  const std::string large(280, 'v');  // two of these do not fit into one segment
  ASSERT_TRUE(log_->reserve(2 * frame_size(large.size())).has_value());
  const std::size_t segments = log_->segment_count();
  fs_.set_capacity(0);
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(log_->append(as_bytes(large)).has_value());
  ASSERT_TRUE(log_->sync().has_value());
  EXPECT_EQ(log_->segment_count(), segments);
  fs_.set_capacity(~std::uint64_t{0});
  append(5, 20);
  log_ = open(fs_);
  EXPECT_EQ(found_.size(), 27u);
}

TEST_F(Rotation, ClosingOnAFullDiskIsFineOnceAllIsDurable) {
  append(0, 3);
  fs_.set_capacity(0);
  EXPECT_TRUE(log_->close().has_value());
  fs_.set_capacity(~std::uint64_t{0});
  log_ = open(fs_);
  EXPECT_EQ(found_, payloads(0, 3));
}

TEST_F(Rotation, RefusesSegmentsThatAFrameCouldNotVouchFor) {
  LogOptions options;
  options.segment_bytes = kMaxSegmentBytes + 1;
  const auto opened =
      Log::open(fs_, kDirectory, kLog, options, {}, [](const Record&) { return Result<void>(); });
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(Rotation, BeginsANewSegmentWhenOneIsFull) {
  append(0, 40);
  EXPECT_GT(log_->segment_count(), 3u);
  const auto names = fs_.list(kDirectory);
  ASSERT_TRUE(names.has_value());
  for (const std::string& name : *names)
    EXPECT_LE(fs_.content(kDirectory / name).size(), kSegmentHeaderSize + 512 + 128) << name;
  log_.reset();
  log_ = open(fs_);
  EXPECT_EQ(found_, payloads(0, 40));
}

TEST_F(Rotation, ARecordLargerThanASegmentGetsOneOfItsOwn) {
  append(0, 1);
  const std::string large(5000, 'x');
  ASSERT_TRUE(log_->append(as_bytes(large)).has_value());
  append(1, 1);
  log_ = open(fs_);
  EXPECT_THAT(found_, ElementsAre(payload_of(0), large, payload_of(1)));
}

TEST_F(Rotation, AnEmptySegmentIsNotRotated) {
  append(0, 1);
  ASSERT_TRUE(log_->rotate().has_value());
  const std::size_t count = log_->segment_count();
  ASSERT_TRUE(log_->rotate().has_value());
  EXPECT_EQ(log_->segment_count(), count);
}

TEST_F(Rotation, ReadsFromAnyRecordOn) {
  const auto positions = append(0, 40);
  for (int i = 0; i < 40; ++i)
    EXPECT_EQ(read_from(positions[static_cast<std::size_t>(i)]), payloads(i, 40 - i));
}

TEST_F(Rotation, DropsWholeSegmentsFromTheFront) {
  const auto positions = append(0, 40);
  const Position middle = positions[20];
  ASSERT_TRUE(log_->drop_before(middle).has_value());
  log_->check_invariants();
  EXPECT_GT(log_->begin(), Position());
  EXPECT_LE(log_->begin(), middle);
  EXPECT_EQ(read_from(middle), payloads(20, 20));
  EXPECT_FALSE(LogReader::open(fs_, kDirectory, kLog, Position()).has_value());
  ASSERT_TRUE(log_->drop_before(log_->end()).has_value());
  EXPECT_EQ(log_->segment_count(), 1u);
}

TEST_F(Rotation, CutsTheTailAtAnyRecord) {
  for (int keep = 0; keep <= 40; ++keep) {
    env::SimulatedFileSystem fresh;
    log_.reset();
    ASSERT_TRUE(Log::create(fresh, kDirectory, kLog, Position()).has_value());
    log_ = open(fresh);
    auto positions = append(0, 40);
    positions.push_back(log_->end());
    const auto cut = log_->cut_after(positions[static_cast<std::size_t>(keep)]);
    ASSERT_TRUE(cut.has_value()) << cut.error().message;
    append(100, 2);
    const auto disk = fresh.after_power_cut({});
    log_.reset();
    log_ = open(*disk);
    Payloads expected = payloads(0, keep);
    expected.push_back(payload_of(100));
    expected.push_back(payload_of(101));
    EXPECT_EQ(found_, expected);
    log_.reset();
  }
}

// After any crash, the reader finds records without a gap, and among them all that were synced and
// not dropped.
TEST_F(Rotation, NoCrashWhileRotatingOrDroppingLeavesAHole) {
  std::uint64_t calls = 0;
  fs_.on_change([&] {
    for (int cut = 0; cut < 10; ++cut) {
      // Keep all, none, or a random subset of the names that were not synced.
      const env::Unsynced names = cut == 0   ? env::Unsynced::kKept
                                  : cut == 1 ? env::Unsynced::kLost
                                             : env::Unsynced::kSubset;
      const auto disk =
          fs_.after_power_cut({.data = env::Unsynced::kSubset, .names = names, .seed = ++calls});
      const auto bases = list_segments(*disk, kDirectory);
      ASSERT_TRUE(bases.has_value()) << bases.error().message;
      auto reader = LogReader::open(*disk, kDirectory, kLog, bases->front());
      ASSERT_TRUE(reader.has_value()) << reader.error().message;
      for (;;) {
        const auto record = reader->next();
        ASSERT_TRUE(record.has_value()) << record.error().message;
        if (!*record) break;
      }
      EXPECT_GE(reader->position(), log_->durable_end());
    }
  });
  for (int round = 0; round < 6; ++round) {
    const auto positions = append(round * 20, 20);
    if (round % 2 == 0) {
      ASSERT_TRUE(log_->drop_before(positions[10]).has_value());
    } else {
      const auto files = log_->detach_before(positions[10]);
      ASSERT_GE(files.size(), 1u);
      ASSERT_TRUE(remove_in_order(fs_, kDirectory, files).has_value());
    }
  }
  fs_.on_change(nullptr);
  EXPECT_GT(calls, 300u);
}

// A crash during the cut leaves all records before it. Of the records after it, it leaves the first
// ones or none, without a gap.
TEST_F(Rotation, NoCrashWhileCuttingTheTailLeavesAHole) {
  const auto positions = append(0, 40);
  std::uint64_t calls = 0;
  fs_.on_change([&] {
    for (const env::Unsynced what :
         {env::Unsynced::kSubset, env::Unsynced::kLost, env::Unsynced::kKept}) {
      const auto disk = fs_.after_power_cut({.data = what, .names = what, .seed = ++calls});
      const auto log = open(*disk);
      ASSERT_NE(log, nullptr);
      ASSERT_GE(found_.size(), 7u);
      EXPECT_EQ(found_, payloads(0, static_cast<int>(found_.size())));
    }
  });
  ASSERT_TRUE(log_->cut_after(positions[7]).has_value());
  fs_.on_change(nullptr);
  EXPECT_GT(calls, 20u);
}

// What open() finds is durable afterwards, also names of files: the process that created or removed
// them may have died before it synced the directory.
TEST_F(Rotation, WhatIsAppendedAfterAReopenSurvivesWhicheverSyncFailedBefore) {
  for (std::uint64_t index = 0;; ++index) {
    SCOPED_TRACE(fmt::format("sync {} fails", index));
    env::SimulatedFileSystem disk;
    log_.reset();
    ASSERT_TRUE(Log::create(disk, kDirectory, kLog, Position()).has_value());
    log_ = open(disk);
    disk.fail_call(env::DiskCall::kSync, index);
    for (int i = 0; i < 20; ++i)
      if (!log_->append(as_bytes(payload_of(i))) || !log_->sync()) break;
    log_.reset();
    if (disk.fault_pending(env::DiskCall::kSync)) break;  // there were no more syncs to fail
    log_ = open(disk);
    Payloads expected = found_;
    append(100, 3);
    for (int i = 100; i < 103; ++i) expected.push_back(payload_of(i));
    const auto left = disk.after_power_cut({});
    log_.reset();
    log_ = open(*left);
    EXPECT_EQ(found_, expected);
    log_.reset();
  }
}

TEST_F(Rotation, OpensOnAFullDiskToBeRead) {
  append(0, 5);
  ASSERT_TRUE(log_->close().has_value());
  log_.reset();
  fs_.set_capacity(0);
  log_ = open(fs_);
  EXPECT_EQ(found_, payloads(0, 5));
  EXPECT_FALSE(log_->append(as_bytes(payload_of(5))).has_value());
  fs_.set_capacity(~std::uint64_t{0});
  append(5, 1);
}

TEST_F(Rotation, GoesOnAfterADiskThatWasFull) {
  append(0, 10);
  fs_.set_capacity(0);
  int appended = 10;
  std::optional<Error> error;
  while (!error && appended < 100) {
    const auto end = log_->append(as_bytes(payload_of(appended)));
    if (end)
      ++appended;
    else
      error = end.error();
  }
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code, ErrorCode::kUnavailable);
  EXPECT_FALSE(log_->append(as_bytes(payload_of(appended))).has_value());
  fs_.set_capacity(~std::uint64_t{0});
  append(appended, 10);
  log_.reset();
  log_ = open(fs_);
  EXPECT_EQ(found_, payloads(0, appended + 10));
}

TEST_F(Rotation, SaysWhatItCutOffWhenItOpens) {
  append(0, 3);
  ASSERT_TRUE(log_->append(as_bytes(payload_of(3))).has_value());
  ASSERT_TRUE(log_->flush().has_value());
  const auto disk = fs_.after_power_cut({.data = env::Unsynced::kKept});
  const env::Path segment = kDirectory / segment_name(Position());
  Bytes torn = disk->content(segment);
  torn[file_offset({kLog, Position()}, log_->end()) - 20] ^= std::byte{1};
  disk->set_content(segment, torn);
  log_.reset();
  log_ = open(*disk);
  EXPECT_EQ(found_, payloads(0, 3));
  EXPECT_EQ(log_->recovery().tail, TailState::kTorn);
  EXPECT_GT(log_->recovery().torn_bytes, 0u);
  EXPECT_EQ(log_->recovery().records, 3u);
  log_.reset();
  log_ = open(*disk);
  EXPECT_EQ(log_->recovery().tail, TailState::kClean);
  log_.reset();
}

// After a failed sync, the bytes are still in the operating system's cache, marked as clean.
// Opening again must not trust them, because they may never reach the disk.
TEST_F(Rotation, WhatOpenReturnsSurvivesAPowerCutEvenAfterAFailedSync) {
  append(0, 2);
  ASSERT_TRUE(log_->append(as_bytes(payload_of(2))).has_value());
  fs_.fail_call(env::DiskCall::kSync, 0);
  ASSERT_FALSE(log_->sync().has_value());
  log_.reset();
  log_ = open(fs_);
  const Payloads seen = found_;
  const auto disk = fs_.after_power_cut({});
  log_.reset();
  log_ = open(*disk);
  EXPECT_EQ(found_, seen);
  log_.reset();
}

// The log makes no directories, so it is somebody else's.
TEST_F(Rotation, LeavesADirectoryAloneThatIsNamedAsATemporaryFile) {
  append(0, 3);
  log_.reset();
  const env::Path theirs = kDirectory / "x.tmp";
  ASSERT_TRUE(fs_.make_directory(theirs).has_value());
  ASSERT_TRUE(fs_.create(kDirectory / "y.tmp").has_value());
  log_ = open(fs_);
  ASSERT_NE(log_, nullptr);
  EXPECT_EQ(found_, payloads(0, 3));
  EXPECT_EQ(fs_.kind_of(theirs).value(), env::FileKind::kDirectory);
  EXPECT_EQ(fs_.kind_of(kDirectory / "y.tmp").value(), env::FileKind::kMissing);
}

}  // namespace
}  // namespace strata::wal
