// A store is a function of what it is given: with the same clock, the same entropy and the same
// writes, it makes the same calls to the disk, in the same order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "env/simulated_file_system.h"
#include "small_engine.h"
#include "testing/results.h"

namespace strata::compaction {
namespace {

using testing::IsOk;

// What the disk looked like after each call that changed it.
std::vector<std::uint64_t> a_run(std::uint64_t seed) {
  env::SimulatedFileSystem fs;
  env::SimulatedClock clock;
  env::SeededEntropy entropy(seed);
  std::vector<std::uint64_t> disks;
  fs.on_change([&] { disks.push_back(fs.fingerprint()); });
  EngineOptions options = small_engine();
  options.store.clock = &clock;
  options.store.entropy = &entropy;
  testing::Model model;
  for (std::uint64_t opening = 0; opening < 2; ++opening) {
    const auto store = open_small(fs, "/store", options).value();
    EXPECT_THAT(write_some(*store, model, 200 * opening, 200), IsOk());
    clock.advance(std::chrono::seconds(1));
    EXPECT_THAT(store->compact(), IsOk());
    EXPECT_THAT(store->close(), IsOk());
  }
  return disks;
}

TEST(Determinism, TwoRunsOfOneSeedMakeTheSameCalls) {
  const auto run = a_run(7);
  EXPECT_GT(run.size(), 1000u);
  EXPECT_EQ(run, a_run(7));
  EXPECT_NE(run.back(), a_run(8).back()) << "the id of the store, and the marks of its tables";
}

}  // namespace
}  // namespace strata::compaction
