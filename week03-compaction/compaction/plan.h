// What a policy decides, and what follows from it: which tables are merged next, where the result
// goes, and how that changes the version.
//
// Readers ask level 0 first, its newest table before the others, and then one level after the
// other. So for each key a newer version has to lie above an older one. A plan that keeps this true
// is called sound.
//
// Pure functions: values in, values out. The store and the simulator run the same functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lsm/version.h"

namespace strata::compaction {

struct CompactionPlan {
  std::vector<lsm::NumberAt> inputs;            // ordered by level, from 0 down; never empty
  std::size_t output_level = lsm::kLevels - 1;  // not above any input, and never 0
  std::string reason;                           // in words, for STATS and the simulator
  // An output ends when it has max_table_bytes, or when it overlaps more than max_overlap_bytes of
  // the level below: a later compaction of the output would have to read all of that.
  std::uint64_t max_table_bytes = 0;
  std::uint64_t max_overlap_bytes = 0;
};

// A range of user keys; both ends are included.
struct KeyBounds {
  std::string_view smallest;
  std::string_view largest;
};
// The smallest range that contains all of `tables`. It refers to their keys. Requires: `tables` is
// not empty.
KeyBounds range_of(std::span<const lsm::TableInfo> tables);

// The tables of `level` whose range of user keys overlaps [smallest, largest], both ends included.
std::vector<lsm::TableInfo> overlapping(const lsm::Version& version, std::size_t level,
                                        std::string_view smallest, std::string_view largest);

std::uint64_t bytes_of(std::span<const lsm::TableInfo> tables);

// Adds `tables` of `level` to the inputs.
void add_inputs(std::span<const lsm::TableInfo> tables, std::size_t level, CompactionPlan& plan);

// The tables that `plan` names, in its order. Requires: they are in `version`.
std::vector<lsm::TableInfo> inputs_of(const CompactionPlan& plan, const lsm::Version& version);

// Whether the plan may be carried out: in the version that results, newer versions lie above older
// ones, and the tables of a level below 0 do not overlap. For that, no table that is older than an
// input and overlaps it may stay at the output level or above.
bool is_sound(const CompactionPlan& plan, const lsm::Version& version);

// Whether the plan only moves a table: it has one input, which overlaps nothing in the output level
// and not too much (max_overlap_bytes) in the level below. The file stays as it is. A table with
// garbage does not move into the last level, because nothing would ever push it further.
// Requires: `plan` was made for `version`, and is sound.
bool is_move(const CompactionPlan& plan, const lsm::Version& version);

// Whether a table that is not an input may hold an older version of `user_key` than the inputs do:
// a table below the output level, or an older table beside the inputs. Only if none does may a
// tombstone be dropped. To ask for many keys in order, OlderTables in key_walk.h is faster.
bool may_be_below(const CompactionPlan& plan, const lsm::Version& version,
                  std::string_view user_key);

// How the version changes when the inputs have been merged into `outputs`; for
// lsm::VersionSet::compacted() and lsm::apply(). If the plan is a move, pass the input as output.
struct TableChange {
  std::vector<lsm::NumberAt> removed;
  std::vector<lsm::TableAt> added;
};
TableChange change_of(const CompactionPlan& plan, const std::vector<lsm::TableInfo>& outputs);

}  // namespace strata::compaction
