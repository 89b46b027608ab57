// What a merge asks at each key, as it goes through the keys of its inputs in order: whether
// something older lies below, and whether the output ends here.
//
// Both go through the tables beside the keys, so that all questions together cost one walk.
// Thread-safety: none; one owner. They refer to the version, which must outlive them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "compaction/plan.h"

namespace strata::compaction {

// The tables that may hold older versions than the inputs of a plan, and are no inputs.
class OlderTables {
 public:
  OlderTables(const CompactionPlan& plan, const lsm::Version& version);

  // Whether one of them may hold a version of `user_key`. Only where none does, a tombstone
  // may be dropped. Requires: not less than the key asked for before.
  bool may_hold(std::string_view user_key);

 private:
  struct Run {  // tables that do not overlap, by key
    std::vector<KeyRange> tables;
    std::size_t at = 0;  // the first one that does not end before the key asked for last
  };
  std::vector<Run> runs_;
};

// Where the outputs of a plan end.
class OutputCuts {
 public:
  OutputCuts(const CompactionPlan& plan, const lsm::Version& version);

  // Whether the output, which is `size` bytes long, ends before `user_key`. Requires: all
  // versions of the key before are in it, and none of this key; not less than the key before.
  bool ends_before(std::string_view user_key, std::uint64_t size);

 private:
  struct Below {
    std::string_view last_key;
    std::uint64_t bytes;
  };
  const std::uint64_t max_table_bytes_;
  const std::uint64_t max_overlap_bytes_;
  std::vector<Below> below_;         // the tables of the level under the output
  std::size_t at_ = 0;               // the first that does not end before the last key
  std::uint64_t overlap_bytes_ = 0;  // of those that the output has gone past
};

}  // namespace strata::compaction
