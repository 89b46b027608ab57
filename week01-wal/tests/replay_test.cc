// Replay of many records at once gives the same map as one record after the other.
#include "wal/replay.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "env/random.h"
#include "testing/model.h"

namespace strata::wal {
namespace {

// Keys with a long shared prefix; some are prefixes of others, and some have bytes above 127.
std::string random_key(env::Random& random) {
  std::string key = "common";
  key.append(random.below(30), 'k');
  key.append(1, random.one_in(2) ? '\x7f' : '\xfe');
  return key + fmt::format("{}", random.below(3));
}

WriteBatch random_batch(env::Random& random, int number) {
  WriteBatch batch;
  for (std::uint64_t i = 0; i <= random.below(4); ++i) {
    if (random.one_in(4))
      batch.remove(random_key(random));
    else
      batch.put(random_key(random), fmt::format("{}.{}", number, i));
  }
  return batch;
}

class Replay : public ::testing::TestWithParam<std::uint64_t> {};

// With limits so small that every record, or every few records, are applied at once; and with the
// real limit.
INSTANTIATE_TEST_SUITE_P(Bounds, Replay,
                         ::testing::Values(1, 1000, 20'000, wal::Replay::kMaxBytes));

TEST_P(Replay, LeavesWhatOneRecordAfterAnotherLeaves) {
  env::Random random(11);
  MemoryStore store;
  ASSERT_TRUE(store.put("common before", "all").has_value());
  testing::Model model{{"common before", "all"}};
  {
    wal::Replay replay(store, GetParam());
    for (int number = 0; number < 3000; ++number) {
      const WriteBatch batch = random_batch(random, number);
      Bytes payload;
      encode_batch(batch, Timestamp(number), payload);
      ASSERT_TRUE(replay.add(payload).has_value());
      testing::apply(batch, model);
    }
    replay.finish();
  }
  EXPECT_EQ(testing::difference(model, *testing::contents_of(store)), "") << "seed 11";
}

TEST(ReplayOf, BrokenEntriesIsRefused) {
  MemoryStore store;
  wal::Replay replay(store);
  replay.finish();  // with nothing collected
  EXPECT_EQ(store.key_count(), 0u);
  const Bytes broken(7, std::byte{1});
  EXPECT_EQ(replay.add(broken).error().code, ErrorCode::kCorruption);
}

}  // namespace
}  // namespace strata::wal
