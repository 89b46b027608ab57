#include "compaction/bloom_filter.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "env/random.h"
#include "lsm/table_builder.h"
#include "testing/golden.h"
#include "testing/sanitizers.h"

namespace strata::compaction {
namespace {

std::vector<std::uint64_t> random_hashes(std::size_t count, std::uint64_t seed) {
  env::Random random(seed);
  std::vector<std::uint64_t> hashes(count);
  for (std::uint64_t& hash : hashes) hash = random.next();
  return hashes;
}

double part_found(const BloomFilter& policy, std::string_view filter,
                  const std::vector<std::uint64_t>& hashes) {
  std::size_t found = 0;
  for (const std::uint64_t hash : hashes) found += policy.may_contain(filter, hash);
  return static_cast<double>(found) / static_cast<double>(hashes.size());
}

TEST(BloomFilter, KnowsEveryKeyThatItWasBuiltOver) {
  for (const std::size_t bits_per_key : {1, 2, 5, 10, 15, 30, 100})
    for (const std::size_t count : {1, 2, 50, 51, 52, 1000, 20'000}) {
      const auto hashes = random_hashes(count, count);
      const BloomFilter policy(bits_per_key);
      EXPECT_EQ(part_found(policy, policy.build(hashes), hashes), 1.0)
          << count << " keys with " << bits_per_key << " bits each";
    }
}

TEST(BloomFilter, OfNoKeysKnowsNone) {
  const BloomFilter policy;
  EXPECT_EQ(part_found(policy, policy.build({}), random_hashes(1000, 1)), 0.0);
}

// Compares the measured rate with theory. Keys are numbers, as users have them, hashed as tables
// do.
TEST(BloomFilter, ErrsAsOftenAsTheorySays) {
  constexpr std::size_t kKeys = 200'000;
  constexpr std::size_t kAsked = testing::kSanitized ? 1'000'000 : 4'000'000;
  std::vector<std::uint64_t> present;
  for (std::size_t i = 0; i < kKeys; ++i) present.push_back(lsm::hash_of(fmt::format("{:016}", i)));
  std::vector<std::uint64_t> absent;
  for (std::size_t i = 0; i < kAsked; ++i)
    absent.push_back(lsm::hash_of(fmt::format("{:016}", kKeys + i)));
  for (const std::size_t bits_per_key : {5, 10, 15}) {
    const BloomFilter policy(bits_per_key);
    const auto bits = static_cast<double>(bits_per_key);
    const double measured = part_found(policy, policy.build(present), absent);
    const double theory = blocked_false_positive_rate(bits, policy.probes());
    // How much chance may change the count: four standard deviations for the keys that are asked
    // for, and 3 % for the keys in the filter.
    const double chance = 4 * std::sqrt(theory / static_cast<double>(kAsked));
    EXPECT_NEAR(measured, theory, chance + 0.03 * theory) << bits_per_key << " bits a key";
    EXPECT_GT(theory, standard_false_positive_rate(bits, policy.probes()));
  }
}

TEST(BloomFilter, TheoryAgreesWithThePublishedFigures) {
  EXPECT_NEAR(standard_false_positive_rate(8, 6), 0.0216, 0.0001);  // Broder, Mitzenmacher
  EXPECT_NEAR(standard_false_positive_rate(10, 7), 0.00819, 0.00001);
  EXPECT_NEAR(blocked_false_positive_rate(10, 6), 0.00958, 0.00001);
}

TEST(BloomFilter, HasNoMoreBitsThanItWasAllowed) {
  for (const std::size_t bits_per_key : {5, 10, 15}) {
    const BloomFilter policy(bits_per_key);
    const std::size_t size = policy.build(random_hashes(10'000, 1)).size();
    EXPECT_GE(size * 8, 10'000 * bits_per_key);
    EXPECT_LE(size, 10'000 * bits_per_key / 8 + 64 + 1);
  }
}

TEST(BloomFilter, IsReadByAPolicyWithOtherBitsAKey) {
  const auto hashes = random_hashes(1000, 1);
  const BloomFilter five(5);
  const BloomFilter fifteen(15);
  EXPECT_EQ(five.name(), fifteen.name());
  EXPECT_EQ(part_found(fifteen, five.build(hashes), hashes), 1.0);
  const std::string filter = fifteen.build(hashes);
  EXPECT_EQ(part_found(five, filter, hashes), 1.0);
  EXPECT_LT(part_found(five, filter, random_hashes(10'000, 2)), 0.01);
}

// Each string ends where its memory ends, so the address sanitizer would notice a read outside.
TEST(BloomFilter, BytesThatNoFilterCanHaveMayContainAnything) {
  const auto hashes = random_hashes(100, 1);
  const BloomFilter policy;
  const std::string good = policy.build(hashes);
  for (std::size_t size = 0; size < good.size(); ++size) {
    const std::string cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
    if (size % 64 != 1 || size == 1)
      EXPECT_EQ(part_found(policy, cut, hashes), 1.0) << "cut to " << size;
    else
      static_cast<void>(part_found(policy, cut, hashes));
  }
  for (const int probes : {0, 17, 255}) {
    std::string wrong = good;
    wrong.back() = static_cast<char>(probes);
    EXPECT_EQ(part_found(policy, wrong, random_hashes(100, 2)), 1.0) << probes << " probes";
  }
}

TEST(BloomFilter, HasTheBytesThatFormatMdShows) {
  std::vector<std::uint64_t> hashes;
  for (const char* key : {"user:1", "user:2", "user:3"}) hashes.push_back(lsm::hash_of(key));
  EXPECT_EQ(testing::to_hex(as_bytes(BloomFilter(10).build(hashes))),
            testing::golden_hex("filter"));
}

}  // namespace
}  // namespace strata::compaction
