// Decides what to merge next. The shape of the tree, and with it what a read, a write and a
// byte of disk cost, is this decision and nothing else.
//
// Pure: a version in, a plan out; no clock, no disk, no memory of earlier calls.
// Thread-safety: constant; may be used by many threads at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "compaction/plan.h"

namespace strata::compaction {

class CompactionPolicy {
 public:
  virtual ~CompactionPolicy() = default;
  virtual std::string_view name() const = 0;

  // The most urgent piece of work, or nullopt if the tree has the shape it should have.
  // Ensures: carrying out plan after plan comes to an end.
  virtual std::optional<CompactionPlan> pick(const lsm::Version& version) const = 0;

  // What to merge for the sake of readers alone, who look into many tables, while pick() has
  // nothing to say. Whether it is worth its price others know. The same is ensured.
  virtual std::optional<CompactionPlan> pick_for_readers(const lsm::Version&) const {
    return std::nullopt;
  }

  // The bytes that wait to be merged into older ones, about; 0 once pick() has nothing to say.
  // Writers are slowed down by it.
  virtual std::uint64_t debt(const lsm::Version& version) const = 0;
};

// Week 2's: tables are never merged.
class NeverPolicy final : public CompactionPolicy {
 public:
  std::string_view name() const override { return "never"; }
  std::optional<CompactionPlan> pick(const lsm::Version&) const override { return std::nullopt; }
  std::uint64_t debt(const lsm::Version&) const override { return 0; }
};

}  // namespace strata::compaction
