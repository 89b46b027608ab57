#include "lsm/memtable_filter.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <thread>

#include "lsm/entry_key.h"
#include "lsm/memtable.h"

namespace strata::lsm {
namespace {

std::uint64_t hash_of_number(std::uint64_t number) { return hash_of(fmt::format("{}", number)); }

TEST(MemtableFilter, NeverDeniesAKeyThatWasAdded) {
  for (const std::uint64_t bytes : {0u, 64u, 5'000u, 1u << 20}) {
    MemtableFilter filter(bytes);
    for (std::uint64_t i = 0; i < 1000; ++i) {
      filter.add(hash_of_number(i));
      for (std::uint64_t known = 0; known <= i; known += 97)
        ASSERT_TRUE(filter.may_contain(hash_of_number(known))) << bytes;
    }
  }
}

TEST(MemtableFilter, DeniesAllOfAnEmptyTable) {
  const MemtableFilter filter(1 << 16);
  for (std::uint64_t i = 0; i < 1000; ++i) EXPECT_FALSE(filter.may_contain(hash_of_number(i)));
}

// With 64 bytes per entry, the minimum, the filter has 8 bits per key; each key sets three bits of
// one word of 64 bits. In one large array such a filter would be wrong for 3.1 % of the keys. Some
// words have more keys than others, which makes it 4.3 %.
TEST(MemtableFilter, IsSeldomWrongOfAFullTable) {
  constexpr std::uint64_t kKeys = 1 << 16;
  MemtableFilter filter(64 * kKeys);
  for (std::uint64_t i = 0; i < kKeys; ++i) filter.add(hash_of_number(i));
  std::uint64_t wrong = 0;
  for (std::uint64_t i = kKeys; i < 2 * kKeys; ++i) wrong += filter.may_contain(hash_of_number(i));
  EXPECT_LT(wrong, kKeys * 6 / 100);
  EXPECT_GT(wrong, kKeys * 2 / 100) << "fewer than theory allows: what is it that is counted?";
}

TEST(MemtableFilter, IsASmallPartOfTheTable) {
  for (const std::uint64_t bytes : {std::uint64_t{1} << 16, std::uint64_t{100'000'000}})
    EXPECT_NEAR(static_cast<double>(MemtableFilter(bytes).memory()),
                static_cast<double>(bytes) / 64, 8);
  EXPECT_EQ(MemtableFilter(~std::uint64_t{0}).memory(), std::uint64_t{64} << 20) << "at most";
  EXPECT_GE(Memtable(1 << 20).memory(), MemtableFilter(1 << 20).memory());
}

TEST(MemtableFilter, AReaderNeverMissesWhatItKnowsToBeThere) {
  MemtableFilter filter(1 << 22);
  std::atomic<std::uint64_t> added{0};
  constexpr std::uint64_t kKeys = 20'000;
  const std::jthread writer([&] {
    for (std::uint64_t i = 0; i < kKeys; ++i) {
      filter.add(hash_of_number(i));
      added.store(i + 1, std::memory_order_release);
    }
  });
  for (std::uint64_t known = 0; known < kKeys;) {
    known = added.load(std::memory_order_acquire);
    if (known > 0) {
      ASSERT_TRUE(filter.may_contain(hash_of_number(known - 1)));
    }
  }
}

}  // namespace
}  // namespace strata::lsm
