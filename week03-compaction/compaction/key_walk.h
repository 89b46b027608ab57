// Two questions that a merge asks at each key, as it goes through the keys of its inputs in order:
// may something older lie below, and does the output end here?
//
// Both objects move forward through the tables together with the keys, so all questions of a merge
// together cost one pass over the list of tables.
//
// Thread-safety: none; one owner. Lifetime: both refer to the version, which must outlive them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "compaction/plan.h"

namespace strata::compaction {

// The tables that are not inputs of a plan, but may hold older versions than the inputs do.
class OlderTables {
 public:
  OlderTables(const CompactionPlan& plan, const lsm::Version& version);

  // Whether one of these tables may hold a version of `user_key`. Only if none does may a tombstone
  // of this key be dropped. Requires: `user_key` is not less than in the call before.
  bool may_hold(std::string_view user_key);

 private:
  struct Run {  // tables that do not overlap, in key order
    std::vector<KeyBounds> tables;
    std::size_t at = 0;  // the first table that does not end before the last key asked for
  };
  std::vector<Run> runs_;
};

// Decides where the outputs of a plan end: when an output has max_table_bytes of the plan, or when
// it overlaps more than max_overlap_bytes of the level below the output level.
class OutputCuts {
 public:
  OutputCuts(const CompactionPlan& plan, const lsm::Version& version);

  // Whether the output that is being written, of `size` bytes, ends before `user_key`. `size` is 0
  // if no output is being written; then the answer is false.
  // Requires: it is called once for each user key, the very first one included, in order. Tables
  // below that end before the first key of an output do not count as overlapped by that output. All
  // versions of the key before are in the output, and none of this key is.
  bool ends_before(std::string_view user_key, std::uint64_t size);

 private:
  struct Below {
    std::string_view last_key;
    std::uint64_t bytes;
  };
  const std::uint64_t max_table_bytes_;
  const std::uint64_t max_overlap_bytes_;
  std::vector<Below> below_;         // the tables of the level below the output level
  std::size_t at_ = 0;               // the first of them that does not end before the last key
  std::uint64_t overlap_bytes_ = 0;  // of the tables below that the output has passed
};

}  // namespace strata::compaction
