// Task 1.4: reading a log to its end, and deciding how it ends.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/checksum.h"
#include "env/posix_file_system.h"
#include "env/simulated_file_system.h"
#include "small_log.h"
#include "testing/fault_calls.h"
#include "testing/temporary_directory.h"
#include "wal/log_reader.h"

namespace strata::wal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A segment that a test puts together frame by frame.
class SegmentBytes {
 public:
  explicit SegmentBytes(Position base) : header_{kLog, base}, end_(base) {
    bytes_ = encode_segment_header(header_);
  }
  // Returns the offset in the file at which the frame begins.
  std::size_t add(std::string_view payload, Position durable_end) {
    const std::size_t offset = bytes_.size();
    Bytes frame;
    encode_frame(kLog, end_, durable_end, as_bytes(payload), frame);
    bytes_.insert(bytes_.end(), frame.begin(), frame.end());
    end_ = end_ + frame.size();
    return offset;
  }
  void zeros(std::size_t count) { bytes_.resize(bytes_.size() + count); }
  Position end() const { return end_; }
  Bytes bytes_;

 private:
  SegmentHeader header_;
  Position end_;
};

struct Reading {
  std::vector<std::string> payloads;
  std::optional<Error> error;
  std::optional<TailState> tail;
  Position end;

  std::string message() const { return error ? error->message : "no error"; }
  std::optional<ErrorCode> code() const {
    return error ? std::optional(error->code) : std::nullopt;
  }
};

Reading read_log(env::FileSystem& fs, Position from = Position(),
                 const env::Path& directory = kDirectory) {
  Reading reading;
  auto reader = LogReader::open(fs, directory, kLog, from);
  if (!reader) {
    reading.error = reader.error();
    return reading;
  }
  for (;;) {
    const auto record = reader->next();
    reading.end = reader->position();
    if (!record) {
      reading.error = record.error();
      return reading;
    }
    if (!*record) break;
    reading.payloads.emplace_back(as_text((*record)->payload));
  }
  reading.tail = reader->tail().state;
  return reading;
}

class LogEnd : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(fs_.make_directory(kDirectory).has_value()); }
  void put_segment(Position base, Bytes bytes) {
    const env::Path path = kDirectory / segment_name(base);
    if (fs_.kind_of(path) == env::FileKind::kMissing) {
      ASSERT_TRUE(fs_.create(path).has_value());
    }
    fs_.set_content(path, std::move(bytes));
  }
  void put_segment(const SegmentBytes& segment, Position base = Position()) {
    put_segment(base, segment.bytes_);
  }
  env::SimulatedFileSystem fs_;
};

TEST_F(LogEnd, OfAnEmptyLogIsClean) {
  SegmentBytes segment{Position()};
  put_segment(segment);
  const Reading reading = read_log(fs_);
  EXPECT_THAT(reading.payloads, ElementsAre());
  EXPECT_EQ(reading.tail, TailState::kClean);
}

TEST_F(LogEnd, IsCleanBeforePreallocatedZeros) {
  SegmentBytes segment{Position()};
  segment.add("one", Position());
  segment.add("two", Position());
  segment.zeros(1000);
  put_segment(segment);
  const Reading reading = read_log(fs_);
  EXPECT_THAT(reading.payloads, ElementsAre("one", "two"));
  EXPECT_EQ(reading.tail, TailState::kClean);
  EXPECT_EQ(reading.end, segment.end());
}

TEST_F(LogEnd, AnErrorIsReturnedAgain) {
  SegmentBytes first{Position()};
  first.add("one", Position());
  put_segment(first);
  SegmentBytes second(first.end());
  second.add("two", first.end());
  second.bytes_[9] ^= std::byte{1};  // the version
  put_segment(second, first.end());
  auto reader = LogReader::open(fs_, kDirectory, kLog, Position());
  ASSERT_TRUE(reader.has_value());
  ASSERT_TRUE(reader->next().has_value());
  const auto failed = reader->next();
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(reader->next().error(), failed.error());
}

// Another thread wrote the frame while the reader was reading this place.
TEST_F(LogEnd, IsLookedAtTwiceBeforeItIsCalledDamaged) {
  SegmentBytes whole{Position()};
  whole.add("one", Position());
  const std::size_t one_end = whole.bytes_.size();
  whole.add("two", Position());
  whole.add("three", whole.end());  // vouches for both
  SegmentBytes caught = whole;
  std::fill(caught.bytes_.begin() + static_cast<std::ptrdiff_t>(one_end),
            caught.bytes_.begin() + static_cast<std::ptrdiff_t>(one_end) + 16, std::byte{0});
  put_segment(caught);
  auto reader = LogReader::open(fs_, kDirectory, kLog, Position());
  ASSERT_TRUE(reader.has_value());
  ASSERT_TRUE(reader->next().has_value());
  put_segment(whole);
  const auto second = reader->next();
  ASSERT_TRUE(second.has_value()) << second.error().message;
  EXPECT_EQ(as_text((**second).payload), "two");
}

TEST_F(LogEnd, SkipsFramesThatOnlyVouch) {
  SegmentBytes segment{Position()};
  segment.add("", Position());
  segment.add("one", segment.end());
  segment.add("", segment.end());
  put_segment(segment);
  EXPECT_THAT(read_log(fs_).payloads, ElementsAre("one"));
  EXPECT_EQ(read_log(fs_).end, segment.end());
}

TEST_F(LogEnd, FollowsTheRecordsAcrossSegments) {
  SegmentBytes first{Position()};
  first.add("one", Position());
  SegmentBytes second{first.end()};
  second.add("two", first.end());
  second.add("three", first.end());
  put_segment(first);
  put_segment(second, first.end());
  EXPECT_THAT(read_log(fs_).payloads, ElementsAre("one", "two", "three"));
  EXPECT_THAT(read_log(fs_, first.end()).payloads, ElementsAre("two", "three"));
  EXPECT_THAT(read_log(fs_, second.end()).payloads, ElementsAre());
}

TEST_F(LogEnd, IsTornWhereTheFileStopsAnywhereInTheLastGroup) {
  SegmentBytes segment{Position()};
  segment.add("durable", Position());
  const Position durable = segment.end();
  segment.add("in flight, long enough to be cut", durable);
  const std::size_t start = kSegmentHeaderSize + durable.value();
  for (std::size_t size = start + 1; size < segment.bytes_.size(); ++size) {
    put_segment(Position(), Bytes(segment.bytes_.begin(),
                                  segment.bytes_.begin() + static_cast<std::ptrdiff_t>(size)));
    const Reading reading = read_log(fs_);
    ASSERT_THAT(reading.payloads, ElementsAre("durable")) << size;
    EXPECT_EQ(reading.tail, TailState::kTorn);
    EXPECT_EQ(reading.end, durable);
  }
}

// The disk wrote a later sector but not an earlier one. No frame vouches for the gap.
TEST_F(LogEnd, IsTornAtAGapInTheLastGroup) {
  SegmentBytes segment{Position()};
  segment.add("durable", Position());
  const Position durable = segment.end();
  const std::size_t lost = segment.add("lost", durable);
  segment.add("written, but behind the gap", durable);
  std::fill_n(segment.bytes_.begin() + static_cast<std::ptrdiff_t>(lost), frame_size(4),
              std::byte{0});
  put_segment(segment);
  const Reading reading = read_log(fs_);
  EXPECT_THAT(reading.payloads, ElementsAre("durable"));
  EXPECT_EQ(reading.tail, TailState::kTorn);
  EXPECT_EQ(reading.end, durable);
}

TEST_F(LogEnd, ABlankThatALaterFrameVouchesForIsAHole) {
  SegmentBytes segment{Position()};
  const std::size_t lost = segment.add("durable", Position());
  segment.add("later", segment.end());
  std::fill_n(segment.bytes_.begin() + static_cast<std::ptrdiff_t>(lost), frame_size(7),
              std::byte{0});
  put_segment(segment);
  const Reading reading = read_log(fs_);
  ASSERT_TRUE(reading.error.has_value());
  EXPECT_EQ(reading.code(), ErrorCode::kCorruption);
  EXPECT_THAT(reading.message(), HasSubstr("hole"));
  EXPECT_THAT(reading.message(), HasSubstr("00000000000000000000.log at offset 40"));
}

TEST_F(LogEnd, AFlippedBitThatALaterFrameVouchesForIsDamage) {
  SegmentBytes good{Position()};
  good.add("first", Position());
  good.add("second", good.end());
  good.add("", good.end());
  const std::size_t vouched = good.bytes_.size() - frame_size(0);
  for (std::size_t at = kSegmentHeaderSize; at < vouched; ++at) {
    Bytes bad = good.bytes_;
    bad[at] ^= std::byte{0x10};
    put_segment(Position(), bad);
    const Reading reading = read_log(fs_);
    // Padding holds no data. A flipped bit in it is not noticed and does no harm.
    if (!reading.error) {
      ASSERT_THAT(reading.payloads, ElementsAre("first", "second")) << at;
      continue;
    }
    EXPECT_EQ(reading.code(), ErrorCode::kCorruption);
    EXPECT_THAT(reading.message(), HasSubstr("damage"));
    EXPECT_THAT(reading.message(), HasSubstr("restore"));
  }
}

TEST_F(LogEnd, AFrameOnlyVouchesForWhatLiesBeforeItsDurableEnd) {
  SegmentBytes segment{Position()};
  segment.add("durable", Position());
  const Position durable = segment.end();
  const std::size_t torn = segment.add("torn", durable);
  segment.add("same group", durable);  // vouches for "durable", not for "torn"
  segment.bytes_[torn + 17] ^= std::byte{1};
  put_segment(segment);
  EXPECT_EQ(read_log(fs_).tail, TailState::kTorn);
}

TEST_F(LogEnd, AnEarlierSegmentIsNeverTorn) {
  SegmentBytes first{Position()};
  first.add("one", Position());
  const std::size_t last = first.add("two", Position());
  SegmentBytes second{first.end()};
  second.add("three", first.end());
  put_segment(second, first.end());
  Bytes damaged = first.bytes_;
  damaged[last + 18] ^= std::byte{1};
  put_segment(Position(), damaged);
  EXPECT_THAT(read_log(fs_).message(), HasSubstr("damage"));
  Bytes blank = first.bytes_;
  std::fill(blank.begin() + static_cast<std::ptrdiff_t>(last), blank.end(), std::byte{0});
  put_segment(Position(), blank);
  EXPECT_THAT(read_log(fs_).message(), HasSubstr("hole"));
  Bytes cut(first.bytes_.begin(), first.bytes_.begin() + static_cast<std::ptrdiff_t>(last));
  put_segment(Position(), cut);
  EXPECT_EQ(read_log(fs_).code(), ErrorCode::kCorruption);
}

TEST_F(LogEnd, AMissingSegmentIsAHole) {
  SegmentBytes first{Position()};
  first.add("one", Position());
  SegmentBytes second{first.end()};
  second.add("two", first.end());
  SegmentBytes third{second.end()};
  third.add("three", second.end());
  put_segment(first);
  put_segment(third, second.end());
  EXPECT_THAT(read_log(fs_).message(), HasSubstr("hole"));
  ASSERT_TRUE(fs_.remove(kDirectory / segment_name(Position())).has_value());
  EXPECT_THAT(read_log(fs_).message(), HasSubstr("hole"));
  ASSERT_TRUE(fs_.remove(kDirectory / segment_name(second.end())).has_value());
  EXPECT_THAT(read_log(fs_).message(), HasSubstr("hole"));
}

TEST_F(LogEnd, ASegmentOfAnotherLogOrAnotherNameIsRefused) {
  SegmentBytes segment{Position()};
  segment.add("one", Position());
  put_segment(segment);
  EXPECT_TRUE(read_log(fs_).tail.has_value());
  const auto other = LogReader::open(fs_, kDirectory, kLog + 1, Position());
  ASSERT_FALSE(other.has_value());
  EXPECT_THAT(other.error().message, HasSubstr("another log"));
  put_segment(Position(4096), segment.bytes_);
  const auto renamed = LogReader::open(fs_, kDirectory, kLog, Position(4096));
  ASSERT_FALSE(renamed.has_value());
  EXPECT_THAT(renamed.error().message, HasSubstr("renamed"));
}

TEST_F(LogEnd, AnUnknownVersionIsNotDamage) {
  SegmentBytes segment{Position()};
  segment.add("one", Position());
  put_segment(segment);
  EXPECT_FALSE(read_log(fs_).error.has_value());
  store_little_endian(&segment.bytes_[8], std::uint32_t{2});
  put_segment(segment);
  const Reading reading = read_log(fs_);
  ASSERT_TRUE(reading.error.has_value());
  EXPECT_EQ(reading.code(), ErrorCode::kUnsupported);
  EXPECT_THAT(reading.message(), HasSubstr("version 2"));
}

TEST_F(LogEnd, AnErrorOfTheDiskIsNoEndOfTheLog) {
  SegmentBytes segment{Position()};
  segment.add("one", Position());
  const testing::TemporaryDirectory directory;
  {
    auto& fs = env::posix_file_system();
    const auto file = fs.create(directory.path() / segment_name(Position()));
    ASSERT_TRUE(file.has_value());
    ASSERT_TRUE((*file)->write_at(0, segment.bytes_).has_value());
    EXPECT_THAT(read_log(fs, Position(), directory.path()).payloads, ElementsAre("one"));
  }
  testing::FaultCalls calls({.what = testing::Fault::kIoError, .at = 1});  // call 0 opens the file
  env::PosixFileSystem fs(calls);
  const Reading reading = read_log(fs, Position(), directory.path());
  ASSERT_TRUE(reading.error.has_value());
  EXPECT_EQ(reading.code(), ErrorCode::kIo);
}

// S2 in common/docs/reliability.md: whatever happens to a byte or a sector, the reader returns no
// wrong record.
TEST_F(LogEnd, NoWrongRecordIsEverRead) {
  SegmentBytes good{Position()};
  std::vector<std::string> payloads;
  for (int i = 0; i < 40; ++i) {
    payloads.push_back(fmt::format("payload number {}, of some length", i));
    good.add(payloads.back(), i % 3 == 0 ? good.end() : Position());
  }
  const auto is_prefix = [&](const std::vector<std::string>& found) {
    return found.size() <= payloads.size() &&
           std::equal(found.begin(), found.end(), payloads.begin());
  };
  const auto check = [&](Bytes bad, std::size_t at) {
    put_segment(Position(), std::move(bad));
    ASSERT_TRUE(is_prefix(read_log(fs_).payloads)) << at;
  };
  for (std::size_t at = 0; at < good.bytes_.size(); ++at) {
    Bytes bad = good.bytes_;
    bad[at] = ~bad[at];
    check(std::move(bad), at);
  }
  for (std::size_t at = 0; at < good.bytes_.size(); at += 512) {
    Bytes bad = good.bytes_;
    std::fill(bad.begin() + static_cast<std::ptrdiff_t>(at),
              bad.begin() + static_cast<std::ptrdiff_t>(std::min(at + 512, bad.size())),
              std::byte{0});
    check(std::move(bad), at);
  }
  for (std::size_t size = 0; size < good.bytes_.size(); ++size)
    check(Bytes(good.bytes_.begin(), good.bytes_.begin() + static_cast<std::ptrdiff_t>(size)),
          size);
}

}  // namespace
}  // namespace strata::wal
