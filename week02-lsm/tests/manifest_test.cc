#include "lsm/manifest.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "env/simulated_file_system.h"
#include "testing/results.h"
#include "wal/log_reader.h"

namespace strata::lsm {
namespace {

using testing::FailsWith;
using testing::IsOk;

constexpr std::uint64_t kStoreId = 5;

class ManifestTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_THAT(Manifest::create(fs_, "/manifest", kStoreId), IsOk()); }
  static Result<std::unique_ptr<Manifest>> open(env::FileSystem& fs,
                                                std::uint64_t store = kStoreId) {
    STRATA_TRY(auto manifest, Manifest::open(fs, "/manifest", store));
    STRATA_TRY(manifest->resume());
    return manifest;
  }
  static VersionEdit edit(std::uint64_t number) {
    TableInfo info{.number = number, .file_size = 1, .entries = 1, .smallest = {}, .largest = {}};
    const std::string key = fmt::format("{:06}{}", number, std::string(1000, 'k'));
    append_key({key, SequenceNumber(number), OperationKind::kPut}, info.smallest);
    info.largest = info.smallest;
    VersionEdit edit{.added = {{0, info}},
                     .removed = {},
                     .log_start = wal::Position(number),
                     .sequence = SequenceNumber(number),
                     .next_number = number + 1};
    // There are few tables at a time, so that a rewrite makes the manifest shorter.
    if (number > 3) edit.removed = {{.level = 0, .number = number - 3}};
    return edit;
  }

  env::SimulatedFileSystem fs_;
};

TEST_F(ManifestTest, RemembersEveryEdit) {
  {
    const auto manifest = open(fs_).value();
    EXPECT_EQ(manifest->version().table_count(), 0u);
    for (std::uint64_t number = 1; number <= 20; ++number)
      ASSERT_THAT(manifest->append(edit(number)), IsOk());
  }
  const auto disk = fs_.after_power_cut({});  // unsynced bytes are lost
  const auto again = open(*disk).value();
  EXPECT_EQ(again->version().table_count(), 3u);
  EXPECT_EQ(again->version().sequence, SequenceNumber(20));
  EXPECT_EQ(again->version().next_number, 21u);
}

// Old segments are removed one by one from the front. After a few removals the next segment begins
// in the middle of the edits, and these edits do not fit an empty version.
TEST_F(ManifestTest, APowerCutWhileOldSegmentsGoLosesNothing) {
  const ManifestOptions small{.log = {.segment_bytes = 4'096, .preallocate = 512},
                              .least_bytes = 24'000};
  auto manifest = Manifest::open(fs_, "/manifest", kStoreId, small).value();
  ASSERT_THAT(manifest->resume(), IsOk());
  std::uint64_t acknowledged = 0;
  std::size_t fewest = 100;
  std::size_t most = 0;
  fs_.on_change([&] {
    const auto disk =
        fs_.after_power_cut({.data = env::Unsynced::kKept, .names = env::Unsynced::kKept});
    const std::size_t segments = disk->list("/manifest").value().size();
    fewest = std::min(fewest, segments);
    most = std::max(most, segments);
    const auto again = open(*disk);
    ASSERT_THAT(again, IsOk()) << "after edit " << acknowledged << ", " << segments << " segments";
    EXPECT_GE((*again)->version().sequence, SequenceNumber(acknowledged));
  });
  for (std::uint64_t number = 1; number <= 60; ++number) {
    ASSERT_THAT(manifest->append(edit(number)), IsOk());
    acknowledged = number;
  }
  fs_.on_change(nullptr);
  EXPECT_GE(most, 4u);
  EXPECT_LE(fewest, 2u);
}

TEST_F(ManifestTest, RefusesEditsWithoutTheirBeginning) {
  {
    const ManifestOptions small{.log = {.segment_bytes = 4'096, .preallocate = 512}};
    auto manifest = Manifest::open(fs_, "/manifest", kStoreId, small).value();
    ASSERT_THAT(manifest->resume(), IsOk());
    for (std::uint64_t number = 1; number <= 20; ++number)
      ASSERT_THAT(manifest->append(edit(number)), IsOk());
  }
  ASSERT_THAT(fs_.remove("/manifest/" + fs_.list("/manifest").value().front()), IsOk());
  EXPECT_THAT(open(fs_), FailsWith(ErrorCode::kCorruption));
}

TEST_F(ManifestTest, IsWrittenAnewWhenItHasGrown) {
  const auto manifest = open(fs_).value();
  std::uint64_t longest = 0;
  for (std::uint64_t number = 1; number <= 2000; ++number) {
    ASSERT_THAT(manifest->append(edit(number)), IsOk());
    longest = std::max(longest, manifest->log_bytes());
  }
  EXPECT_LT(longest, 400'000u) << "of four million bytes of edits";
  const auto again = open(*fs_.after_power_cut({})).value();
  EXPECT_EQ(again->version().sequence, SequenceNumber(2000));
  EXPECT_EQ(again->version().table_count(), 3u);
}

TEST_F(ManifestTest, AnEditThatDoesNotFitChangesNothing) {
  const auto manifest = open(fs_).value();
  ASSERT_THAT(manifest->append(edit(1)), IsOk());
  EXPECT_THAT(manifest->append(edit(1)), FailsWith(ErrorCode::kCorruption));
  EXPECT_EQ(manifest->version().table_count(), 1u);
  EXPECT_THAT(manifest->append(edit(2)), IsOk());
}

TEST_F(ManifestTest, RefusesThatOfAnotherStore) {
  EXPECT_THAT(open(fs_, kStoreId + 1), FailsWith(ErrorCode::kCorruption));
}

TEST_F(ManifestTest, RefusesRecordsThatAreNoEdits) {
  {
    const auto log = wal::Log::open(fs_, "/manifest", ~kStoreId, {}, {}, [](const auto&) {
                       return Result<void>();
                     }).value();
    ASSERT_THAT(log->append(as_bytes("no edit")), IsOk());
    ASSERT_THAT(log->sync(), IsOk());
  }
  const auto opened = open(fs_);
  ASSERT_THAT(opened, FailsWith(ErrorCode::kCorruption));
  EXPECT_THAT(opened.error().message, ::testing::HasSubstr("/manifest at position"));
}

// Long keys and many tables: neither the edits nor the whole version fit into one payload.
class LongRecords : public ManifestTest {
 protected:
  static constexpr std::size_t kPiece = 700;  // an edit has more than 2,000 bytes
  static Result<std::unique_ptr<Manifest>> open(env::FileSystem& fs) {
    const ManifestOptions options{.log = {.segment_bytes = 4'096, .preallocate = 512},
                                  .least_bytes = 9'000,
                                  .piece_bytes = kPiece};
    STRATA_TRY(auto manifest, Manifest::open(fs, "/manifest", kStoreId, options));
    STRATA_TRY(manifest->resume());
    return manifest;
  }
  // Adds a table and removes none.
  static VersionEdit growing(std::uint64_t number) {
    VersionEdit more = edit(number);
    more.removed.clear();
    return more;
  }
};

TEST_F(LongRecords, AreWrittenInPieces) {
  {
    const auto manifest = open(fs_).value();
    for (std::uint64_t number = 1; number <= 40; ++number)
      ASSERT_THAT(manifest->append(growing(number)), IsOk());
  }
  const auto disk = fs_.after_power_cut({});
  std::size_t pieces = 0;
  auto reader = wal::LogReader::open(*disk, "/manifest", ~kStoreId,
                                     wal::list_segments(*disk, "/manifest").value().front());
  for (;;) {
    const auto record = reader->next().value();
    if (!record) break;
    EXPECT_LE(record->payload.size(), kPiece + 1);
    pieces += is_piece(record->payload) ? 1 : 0;
  }
  EXPECT_GT(pieces, 100u) << "the last whole version alone has more than 80,000 bytes";
  const auto again = open(*disk).value();
  EXPECT_EQ(again->version().table_count(), 40u);
  EXPECT_EQ(again->version().sequence, SequenceNumber(40));
}

// A crash may come between two pieces. The next record begins after them.
TEST_F(LongRecords, CountOnlyWhenTheirLastPieceIsThere) {
  auto manifest = open(fs_).value();
  std::uint64_t acknowledged = 0;
  fs_.on_change([&] {
    const auto disk =
        fs_.after_power_cut({.data = env::Unsynced::kKept, .names = env::Unsynced::kKept});
    auto again = open(*disk);
    ASSERT_THAT(again, IsOk()) << "after edit " << acknowledged;
    const std::uint64_t found = (*again)->version().sequence.value();
    EXPECT_TRUE(found == acknowledged || found == acknowledged + 1) << found;
    ASSERT_THAT((*again)->append(growing(found + 1)), IsOk());
    again->reset();
    EXPECT_EQ(open(*disk).value()->version().table_count(), found + 1);
  });
  for (std::uint64_t number = 1; number <= 12; ++number) {
    ASSERT_THAT(manifest->append(growing(number)), IsOk());
    acknowledged = number;
  }
  fs_.on_change(nullptr);
}

TEST_F(LongRecords, LeaveNothingOnAFullDisk) {
  const auto manifest = open(fs_).value();
  ASSERT_THAT(manifest->append(growing(1)), IsOk());
  const std::uint64_t before = manifest->log_bytes();
  fs_.set_capacity(before + 1'500);
  for (int i = 0; i < 3; ++i)
    ASSERT_THAT(manifest->append(growing(2)), FailsWith(ErrorCode::kUnavailable));
  EXPECT_EQ(manifest->version().table_count(), 1u);
  fs_.set_capacity(~std::uint64_t{0});
  ASSERT_THAT(manifest->append(growing(2)), IsOk());
  EXPECT_EQ(open(*fs_.after_power_cut({})).value()->version().table_count(), 2u);
}

// If each edit copied the version, four times the edits would take sixteen times as long.
TEST_F(ManifestTest, IsReadInTimeByTheNumberOfItsEdits) {
  const auto time_to_open = [](std::uint64_t edits) {
    env::SimulatedFileSystem fs;
    EXPECT_THAT(Manifest::create(fs, "/manifest", kStoreId), IsOk());
    const auto log = wal::Log::open(fs, "/manifest", ~kStoreId, {}, {}, [](const auto&) {
                       return Result<void>();
                     }).value();
    for (std::uint64_t number = 1; number <= edits; ++number) {
      TableInfo info{.number = number, .file_size = 1, .entries = 1, .smallest = {}, .largest = {}};
      append_key({fmt::format("{:06}", number), SequenceNumber(1), OperationKind::kPut},
                 info.smallest);
      info.largest = info.smallest;
      Bytes record{std::byte{1}};
      encode_edit({.added = {{1 + number % 6, info}},
                   .removed = {},
                   .log_start = {},
                   .sequence = {},
                   .next_number = number + 1},
                  record);
      EXPECT_THAT(log->append(record), IsOk());
    }
    EXPECT_THAT(log->sync(), IsOk());
    const std::clock_t begun = std::clock();
    EXPECT_EQ(Manifest::open(fs, "/manifest", kStoreId).value()->version().table_count(), edits);
    return std::clock() - begun;
  };
  time_to_open(1'000);  // the first one also warms up
  EXPECT_LT(time_to_open(8'000), 9 * time_to_open(2'000) + CLOCKS_PER_SEC / 100);
}

// If a program opens the manifest again and again, it must still be rewritten when it has grown.
TEST_F(ManifestTest, StaysShortOverManyOpenings) {
  std::uint64_t longest = 0;
  const ManifestOptions options{.least_bytes = 20'000};
  for (std::uint64_t number = 1; number <= 200; ++number) {
    const auto manifest = Manifest::open(fs_, "/manifest", kStoreId, options).value();
    ASSERT_THAT(manifest->resume(), IsOk());
    ASSERT_THAT(manifest->append(edit(number)), IsOk());
    longest = std::max(longest, manifest->log_bytes());
  }
  EXPECT_LT(longest, 40'000u) << "it is to be written anew at 20,000";
}

}  // namespace
}  // namespace strata::lsm
