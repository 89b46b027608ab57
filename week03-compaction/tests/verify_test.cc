// Damage in any file that a store needs is found, and the error names its place.
#include "compaction/verify.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "env/simulated_file_system.h"
#include "small_engine.h"
#include "testing/results.h"
#include "wal/log_reader.h"

namespace strata::compaction {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;

class Verify : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::Model model;
    ASSERT_THAT(write_some(*store_, model, 0, 300), IsOk());
    ASSERT_THAT(store_->flush(), IsOk());
    ASSERT_THAT(write_some(*store_, model, 1000, 5), IsOk());
  }
  void flip(const env::Path& path, std::size_t at) {
    Bytes bytes = fs_.content(path);
    bytes.at(at) ^= std::byte{0x21};
    fs_.set_content(path, std::move(bytes));
  }
  std::string found() {
    const auto verified = verify(*store_);
    return verified ? "sound" : verified.error().message;
  }
  env::Path first_in(const env::Path& directory) {
    return directory / fs_.list(directory).value().front();
  }
  // Damages one byte after the other, `step` bytes apart.
  void expect_every_byte_is_missed(const env::Path& path, std::size_t end, std::size_t step) {
    for (std::size_t at = 0; at < end; at += step) {
      flip(path, at);
      EXPECT_THAT(found(), HasSubstr(path.string())) << "byte " << at;
      flip(path, at);
    }
    EXPECT_EQ(found(), "sound");
  }

  env::SimulatedFileSystem fs_;
  const std::unique_ptr<lsm::LsmStore> store_ = open_small(fs_, "/store").value();
};

TEST_F(Verify, CountsWhatIsSound) {
  const auto verified = verify(*store_);
  ASSERT_THAT(verified, IsOk());
  EXPECT_EQ(verified->tables, store_->version().table_count());
  EXPECT_EQ(verified->records, 5u);
  EXPECT_EQ(verified->text(), fmt::format("{} table{}, 1 log segment", verified->tables,
                                          verified->tables == 1 ? "" : "s"));
}

TEST_F(Verify, FindsDamageInATable) {
  const env::Path table = first_in("/store/tables");
  expect_every_byte_is_missed(table, fs_.content(table).size(), 13);
}

TEST_F(Verify, NamesTheOffset) {
  flip(first_in("/store/tables"), 8);
  EXPECT_THAT(found(), HasSubstr(" at offset 8: "));
}

// Damage in the last record is found too, although after a crash it would count as a torn tail.
// Frames begin at multiples of eight; no byte here is padding, which nobody reads.
TEST_F(Verify, FindsDamageInTheLog) {
  const auto bases = wal::list_segments(fs_, "/store/wal").value();
  const env::Path segment = env::Path("/store/wal") / wal::segment_name(bases.back());
  Bytes bytes = fs_.content(segment);
  while (bytes.back() == std::byte{0}) bytes.pop_back();
  expect_every_byte_is_missed(segment, bytes.size(), 8);
  flip(segment, bytes.size() - 1);
  EXPECT_THAT(found(), HasSubstr(" at offset "));
}

// The last edit may be one without a new table number: a move.
TEST_F(Verify, FindsThatTheLastEditIsGone) {
  ASSERT_THAT(store_->put("zz", "1"), IsOk());
  ASSERT_THAT(store_->flush(), IsOk());
  ASSERT_THAT(store_->compact("zz", "zz"), IsOk());
  EXPECT_EQ(found(), "sound");
  const env::Path manifest = "/store/manifest" / env::Path(fs_.list("/store/manifest")->back());
  Bytes bytes = fs_.content(manifest);
  std::size_t last = bytes.size() - 1;
  while (bytes[last] == std::byte{0}) --last;
  bytes[last] ^= std::byte{1};
  fs_.set_content(manifest, std::move(bytes));
  EXPECT_THAT(found(), HasSubstr(": /store/manifest"));
}

// After this nobody knows what is in the manifest on the disk. That is not damage.
TEST_F(Verify, TellsOfAManifestThatCouldNotBeWritten) {
  ASSERT_THAT(store_->put("zz", "1"), IsOk());
  for (std::uint64_t sync = 0; store_->flush().has_value(); ++sync) {
    ASSERT_LT(sync, 20u);
    ASSERT_THAT(store_->put("zz", "1"), IsOk());
    fs_.fail_call(env::DiskCall::kSync, sync);
  }
  EXPECT_THAT(found(), ::testing::Not(HasSubstr("damage")));
}

TEST_F(Verify, FindsDamageInTheManifestAndInStore) {
  const env::Path manifest = first_in("/store/manifest");
  flip(manifest, 60);
  EXPECT_THAT(found(), HasSubstr(manifest.string()));
  flip(manifest, 60);
  Bytes bytes = fs_.content(manifest);
  while (bytes.back() == std::byte{0}) bytes.pop_back();
  flip(manifest, bytes.size() - 1);
  EXPECT_THAT(found(), HasSubstr("damage: /store/manifest"));
  flip(manifest, bytes.size() - 1);
  expect_every_byte_is_missed("/store/STORE", fs_.content("/store/STORE").size(), 5);
}

}  // namespace
}  // namespace strata::compaction
