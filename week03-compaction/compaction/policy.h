// Decides what to merge next. This decision alone gives the tree its shape, and the shape decides
// what reads and writes cost and how much disk space is used.
//
// Pure: a version in, a plan out; no clock, no disk, no memory of earlier calls.
// Thread-safety: immutable; may be used by many threads at once.
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

  // The most urgent plan, or nullopt if the tree has the shape that it should have.
  // Ensures: the plan is sound (is_sound()). If nobody writes and each plan is carried out, pick()
  // returns nullopt after a finite number of plans.
  virtual std::optional<CompactionPlan> pick(const lsm::Version& version) const = 0;

  // A plan that would help readers, who look into many tables, at a time when pick() returns
  // nullopt. The caller decides whether it is worth its price. Ensures the same as pick().
  virtual std::optional<CompactionPlan> pick_for_readers(const lsm::Version&) const {
    return std::nullopt;
  }

  // A plan that joins small tables which lie side by side, at a time when pick() returns nullopt.
  // Without it the number of tables would follow the number of flushes, not the amount of data.
  // Ensures the same as pick().
  virtual std::optional<CompactionPlan> pick_to_join(const lsm::Version&) const {
    return std::nullopt;
  }

  // About how many bytes wait to be merged; 0 if pick() returns nullopt. Writers are slowed down
  // when this is large.
  virtual std::uint64_t debt(const lsm::Version& version) const = 0;
};

// Never merges tables, as in week 2.
class NeverPolicy final : public CompactionPolicy {
 public:
  std::string_view name() const override { return "never"; }
  std::optional<CompactionPlan> pick(const lsm::Version&) const override { return std::nullopt; }
  std::uint64_t debt(const lsm::Version&) const override { return 0; }
};

}  // namespace strata::compaction
