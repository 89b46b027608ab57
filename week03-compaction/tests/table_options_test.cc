// A table with filter, codec and cache answers as a table without them, and refuses damaged data.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compaction/block_cache.h"
#include "compaction/bloom_filter.h"
#include "compaction/codecs.h"
#include "env/random.h"
#include "env/simulated_file_system.h"
#include "lsm/table.h"
#include "lsm/table_builder.h"
#include "testing/results.h"
#include "testing/sanitizers.h"

namespace strata::compaction {
namespace {

using testing::FailsWith;
using testing::IsOk;

constexpr lsm::TableId kId{.store_id = 77, .number = 4};
constexpr int kKeys = 500;
const env::Path kTables = "/tables";
const env::Path kTablePath = "/tables/000004.table";

enum class Packing { kPlain, kLz4, kZstd };

struct Combination {
  Packing packing;
  bool filter;
  bool cache;
};
void PrintTo(const Combination& c, std::ostream* out) {
  constexpr std::array kNames{"plain", "lz4", "zstd"};
  *out << kNames[static_cast<std::size_t>(c.packing)] << (c.filter ? ", filter" : "")
       << (c.cache ? ", cache" : "");
}

std::string key_of(int number) { return fmt::format("key{:05}", 2 * number); }

// Half of the value is random, as real values often are.
std::string value_of(int number) {
  env::Random random(static_cast<std::uint64_t>(number));
  std::string value(50, 'v');
  for (int i = 0; i < 50; ++i) value += static_cast<char>(random.below(256));
  return value;
}

class TableOptionsTest : public ::testing::TestWithParam<Combination> {
 protected:
  void SetUp() override {
    ASSERT_THAT(fs_.make_directory(kTables), IsOk());
    build();
  }

  std::shared_ptr<const lsm::Codec> codec() const {
    switch (GetParam().packing) {
      case Packing::kLz4:
        return lz4_;
      case Packing::kZstd:
        return zstd_;
      case Packing::kPlain:
        break;
    }
    return nullptr;
  }
  std::shared_ptr<const lsm::FilterPolicy> filter() const {
    return GetParam().filter ? filter_ : nullptr;
  }

  void build() {
    auto builder =
        lsm::TableBuilder::create(fs_, kTables, kId, {.codec = codec(), .filter = filter()})
            .value();
    for (int i = 0; i < kKeys; ++i)
      ASSERT_THAT(
          builder->add({key_of(i), lsm::SequenceNumber(1), OperationKind::kPut}, value_of(i)),
          IsOk());
    file_size_ = builder->finish().value().file_size;
  }
  Result<std::shared_ptr<const lsm::Table>> open(std::shared_ptr<lsm::BlockCache> cache) {
    return lsm::Table::open(
        fs_, kTables, kId, file_size_,
        {.codecs = {lz4_, zstd_}, .filter = filter(), .cache = std::move(cache)});
  }
  auto open() { return open(GetParam().cache ? cache_ : nullptr); }
  // Describes the first answer that differs from what was written; empty if all are right or
  // refused.
  std::optional<std::string> first_lie() {
    const auto table = open();
    if (!table) return std::nullopt;
    for (int i = 0; i < kKeys; i += 9) {
      const auto found = (*table)->get(key_of(i), lsm::kMaxSequence);
      if (found && !*found) return key_of(i) + " is not there";
      if (found && (*found)->value != value_of(i)) return key_of(i) + " has another value";
    }
    return std::nullopt;
  }

  const std::shared_ptr<const Lz4Codec> lz4_ = std::make_shared<const Lz4Codec>();
  const std::shared_ptr<const ZstdCodec> zstd_ = std::make_shared<const ZstdCodec>();
  const std::shared_ptr<const BloomFilter> filter_ = std::make_shared<const BloomFilter>();
  const std::shared_ptr<ShardedBlockCache> cache_ = std::make_shared<ShardedBlockCache>(1 << 20);
  env::SimulatedFileSystem fs_;
  std::uint64_t file_size_ = 0;
};

TEST_P(TableOptionsTest, AnswersAsATableWithoutThem) {
  const auto table = open().value();
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < kKeys; ++i) {
      const auto found = table->get(key_of(i), lsm::kMaxSequence).value();
      ASSERT_TRUE(found.has_value()) << i;
      ASSERT_EQ(found->value, value_of(i));
      ASSERT_EQ(table->get(key_of(i) + "x", lsm::kMaxSequence).value(), std::nullopt);
    }
  const auto it = lsm::Table::iterate(table);
  int walked = 0;
  for (it->seek_to_first(); it->valid(); it->next(), ++walked)
    ASSERT_EQ(it->value(), value_of(walked));
  EXPECT_THAT(it->status(), IsOk());
  EXPECT_EQ(walked, kKeys);
}

TEST_P(TableOptionsTest, WhatTheCacheKeepsIsInMemory) {
  const auto table = open().value();
  const auto in_memory = [&table] {
    return table->get(key_of(0), lsm::kMaxSequence, Reach::kMemory);
  };
  EXPECT_THAT(in_memory(), FailsWith(ErrorCode::kUnavailable));
  ASSERT_THAT(table->get(key_of(0), lsm::kMaxSequence), IsOk());
  if (GetParam().cache)
    EXPECT_EQ(in_memory().value()->value, value_of(0));
  else
    EXPECT_THAT(in_memory(), FailsWith(ErrorCode::kUnavailable));
}

TEST_P(TableOptionsTest, AFlippedByteIsNeverAnotherAnswer) {
  const Bytes good = fs_.content(kTablePath);
  for (std::size_t at = 0; at < good.size(); at += testing::kSanitized ? 499 : 61) {
    Bytes bad = good;
    bad[at] ^= std::byte{0x10};
    fs_.set_content(kTablePath, bad);
    EXPECT_EQ(first_lie(), std::nullopt) << "byte " << at;
  }
}

TEST_P(TableOptionsTest, IsSmallerIfItsBlocksArePacked) {
  const std::uint64_t plain = kKeys * (100 + 9);
  if (codec())
    EXPECT_LT(file_size_, plain * 3 / 4);
  else
    EXPECT_GT(file_size_, plain);
}

TEST_P(TableOptionsTest, AFilterSparesMostLooksForWhatIsNotThere) {
  const auto table = open(cache_).value();  // which counts the looks
  const std::uint64_t before = cache_->counts().hits + cache_->counts().misses;
  for (int i = 0; i + 1 < kKeys; ++i)
    ASSERT_THAT(table->get(key_of(i) + "x", lsm::kMaxSequence), IsOk());
  const std::uint64_t looks = cache_->counts().hits + cache_->counts().misses - before;
  if (GetParam().filter)
    EXPECT_LT(looks, kKeys / 20u);
  else
    EXPECT_EQ(looks, kKeys - 1u);
}

INSTANTIATE_TEST_SUITE_P(Combinations, TableOptionsTest,
                         ::testing::Values(Combination{Packing::kPlain, true, true},
                                           Combination{Packing::kLz4, false, false},
                                           Combination{Packing::kLz4, false, true},
                                           Combination{Packing::kLz4, true, false},
                                           Combination{Packing::kLz4, true, true},
                                           Combination{Packing::kZstd, true, false},
                                           Combination{Packing::kZstd, true, true}));

}  // namespace
}  // namespace strata::compaction
