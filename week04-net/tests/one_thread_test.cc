// A node is a function of what it is given: a service with its store and its disk, the connections
// of its clients and their bookkeeping run on the thread that calls them, in simulated time, and
// two runs of one seed do the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <filesystem>

#include "base/checksum.h"
#include "simulated_user.h"
#include "testing/sanitizers.h"

namespace strata::net {
namespace {

std::ptrdiff_t threads_of_this_process() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

// Users write and read on all connections at once, while connections break and the power is cut.
class Simulation {
 public:
  Simulation(world::Drive drive, std::uint64_t seed, SimulatedUser::Figures& figures)
      : shared_(seed, {queue_, probes_, nobody_}),
        random_(shared_.root.split(kSimulation)),
        node_(noted(), 1, drive) {
    for (const char name : {'a', 'b', 'c', 'd'}) {
      if (users_.size() % 3 == 0) {  // three of them share one connection
        callers_.emplace_back(shared_, node_, users_.size() + 1);
        callers_.back().link().longest = std::chrono::milliseconds(2);
      }
      users_.emplace_back(shared_, callers_.back(), name, figures);
    }
  }

  // What is under way uses what is destroyed next.
  ~Simulation() { queue_.clear(); }

  void run(int steps) {
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) {
      shared_.queue.run_until(world::some_time_after(shared_.now(), kStep, random_));
      users_[random_.below(users_.size())].act();
      if (random_.one_in(100))
        node_.cut_power(random_.below(30), std::chrono::milliseconds(random_.below(60)));
      if (random_.one_in(100)) callers_[random_.below(callers_.size())].cut();
      if (random_.one_in(100)) node_.housekeep();
    }
    finish();
  }

  std::uint64_t power_cuts() const { return node_.life() - 1; }
  bool has_merged_tables() const { return node_.has_merged_tables(); }

  const std::string& notes() const { return notes_; }

 private:
  static constexpr std::uint64_t kSimulation = 1001;  // the purpose of its stream
  static constexpr std::chrono::milliseconds kStep{2};
  static constexpr std::chrono::seconds kLongest{60};

  world::Shared& noted() {
    shared_.notes = &notes_;
    return shared_;
  }

  // Everybody gets an answer, and sees at last what was acknowledged.
  void finish() {
    node_.heal();
    for (SimulatedUser& user : users_) {
      const int scans = user.scans();
      const env::TimePoint end = shared_.now() + kLongest;
      while (user.scans() == scans && !::testing::Test::HasFailure()) {
        ASSERT_LT(shared_.now(), end) << "somebody waits for ever";
        if (!user.is_waiting()) user.scan();
        shared_.queue.run_until(shared_.now() + kStep);
      }
    }
    node_.check_invariants();
    notes_ += std::to_string(shared_.now().time_since_epoch().count());
  }

  std::string notes_;  // all that two equal runs have in common
  env::EventQueue queue_;
  sim::Probes probes_;
  sim::Observer nobody_;
  world::Shared shared_;
  env::Random random_;
  world::Node node_;
  std::deque<world::Caller> callers_;
  std::deque<SimulatedUser> users_;
};

constexpr int kSteps = testing::kSanitized ? 2000 : 5000;

// What is in `run` where it begins to differ from `other`.
std::string difference(const std::string& run, const std::string& other) {
  return std::string(std::ranges::mismatch(run, other).in1, run.end()).substr(0, 200);
}

// Returns what two equal runs have in common.
std::string run(world::Drive drive, std::uint64_t seed, SimulatedUser::Figures& figures) {
  const auto threads = threads_of_this_process();
  Simulation simulation(drive, seed, figures);
  simulation.run(kSteps);
  EXPECT_EQ(threads_of_this_process(), threads) << "a thread was started";
  if (::testing::Test::HasFailure()) return {};
  EXPECT_GT(simulation.power_cuts(), 0u);
  EXPECT_TRUE(simulation.has_merged_tables());
  return simulation.notes();
}

TEST(OneThread, AServedStoreKeepsWhatItAcknowledged) {
  SimulatedUser::Figures figures;
  for (std::uint64_t seed = 1; seed <= 3 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    run(world::Drive::kInline, seed, figures);
    run(world::Drive::kEvents, seed, figures);
  }
  EXPECT_GT(figures.repeated, 0);
  EXPECT_GT(figures.unknown, 0);
  EXPECT_GT(figures.undone, 0);
}

TEST(OneThread, TwoRunsOfOneSeedHaveTheSameBytesAnswersAndDiskCalls) {
  SimulatedUser::Figures figures;
  for (const world::Drive drive : {world::Drive::kInline, world::Drive::kEvents}) {
    const std::string first = run(drive, 7, figures);
    RecordProperty(drive == world::Drive::kInline ? "inline" : "executor",
                   std::to_string(checksum64(as_bytes(first))));  // to compare two compilers
    const std::string second = run(drive, 7, figures);
    EXPECT_TRUE(first == second) << difference(first, second);
    EXPECT_TRUE(first != run(drive, 8, figures));
  }
}

}  // namespace
}  // namespace strata::net
