// Seeded random streams of flushes, for a policy on a tree in memory. The tree is checked after
// each step.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <utility>

#include "compaction/policy.h"
#include "compaction_sim/sim_tree.h"
#include "env/random.h"

namespace strata::compaction {

class RandomRun {
 public:
  // With `keys` different keys; a put has 10 bytes, a tombstone 2.
  RandomRun(std::uint64_t seed, std::uint32_t keys) : random_(seed), keys_(keys) {}

  // Flushes up to `most` entries, sometimes near each other; a third are deletions.
  void flush(std::size_t most) {
    std::set<SimEntry> memtable;
    const auto width = static_cast<std::uint32_t>(random_.one_in(3) ? keys_ / 8 : keys_);
    const auto base = static_cast<std::uint32_t>(random_.below(keys_ - width + 1));
    for (std::size_t left = 1 + random_.below(most); left > 0; --left) {
      const auto key = base + static_cast<std::uint32_t>(random_.below(width));
      const bool deletes = random_.one_in(3);
      memtable.insert(deletes ? SimEntry::tombstone(key, ++sequence_)
                              : SimEntry::put(key, ++sequence_));
      if (deletes)
        model_.erase(key);
      else
        model_[key] = sequence_;
    }
    tree_.flush({memtable.begin(), memtable.end()});
    tree_.check_invariants();
  }

  // From now on nothing is flushed while a compaction runs.
  void stop_flushing() { flushes_ = false; }

  void carry_out(CompactionPlan plan) {
    ASSERT_TRUE(is_sound(plan, tree_.version())) << plan.reason;
    const std::set<std::uint32_t> below = keys_under(plan);
    SimCompaction compaction = tree_.work_out(std::move(plan));
    if (flushes_ && random_.one_in(4)) flush(20);  // while it runs
    for (const auto& [number, entries] : compaction.made)
      for (const SimEntry& entry : entries)
        ASSERT_TRUE(entry.is_put() || below.contains(entry.key))
            << "a tombstone that hides nothing";
    tree_.finish(std::move(compaction));
    tree_.check_invariants();
    check_answers();
  }

  // Carries out plans until the policy has none.
  void settle(const CompactionPolicy& policy) {
    for (int step = 0; const auto plan = policy.pick(tree_.version()); ++step) {
      ASSERT_LT(step, 10'000) << "it does not come to an end";
      carry_out(*plan);
      if (::testing::Test::HasFatalFailure()) return;
    }
    EXPECT_EQ(policy.debt(tree_.version()), 0u);
  }

  void check_answers() const {
    for (std::uint32_t key = 0; key < keys_; ++key) {
      const SimEntry* const found = tree_.get(key).entry;
      const auto known = model_.find(key);
      const bool there = found && found->is_put();
      ASSERT_EQ(there, known != model_.end()) << "key " << key;
      if (!there) continue;
      ASSERT_EQ(found->sequence(), known->second) << "key " << key;
    }
  }

  std::size_t tombstones(std::size_t level) const {
    std::size_t count = 0;
    for (const lsm::TableInfo& table : tree_.version().levels[level])
      for (const SimEntry& entry : tree_.entries_of(table.number)) count += entry.is_put() ? 0 : 1;
    return count;
  }

  const lsm::Version& version() const { return tree_.version(); }
  SimTree& tree() { return tree_; }
  std::uint64_t live_bytes() const { return model_.size() * kSizes.of(SimEntry::put(0, 1)); }

  static constexpr SimSizes kSizes{.key_bytes = 2, .value_bytes = 8};

 private:
  // The keys in the range of a table below the output, or of an older table beside the inputs.
  std::set<std::uint32_t> keys_under(const CompactionPlan& plan) const {
    std::set<std::uint32_t> keys;
    for (std::uint32_t key = 0; key < keys_; ++key)
      if (may_be_below(plan, tree_.version(), user_key_of(key))) keys.insert(key);
    return keys;
  }

  env::Random random_;
  const std::uint32_t keys_;
  std::uint32_t sequence_ = 0;
  bool flushes_ = true;
  SimTree tree_{kSizes};
  std::map<std::uint32_t, std::uint32_t> model_;  // key to the sequence of its put
};

}  // namespace strata::compaction
