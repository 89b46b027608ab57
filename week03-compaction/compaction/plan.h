// What a policy decides, and what comes of it: which tables are merged next, where the result
// goes, and how that changes the version.
//
// Readers ask level 0 first, its newest table before the others, then level after level. So of
// each key a newer version has to lie above an older one. A plan that leaves it so is sound.
//
// Pure: values in, values out. The store and the simulator run the same functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lsm/version.h"

namespace strata::compaction {

struct CompactionPlan {
  std::vector<lsm::NumberAt> inputs;            // by level, from the top; never empty
  std::size_t output_level = lsm::kLevels - 1;  // not above any input, and never 0
  std::string reason;                           // in words, for STATS and the simulator
  // Outputs are cut at this size, and where they would overlap more than that much of the
  // level below: a later compaction of one would have to read all of it.
  std::uint64_t max_table_bytes = 0;
  std::uint64_t max_overlap_bytes = 0;
};

// The user keys at the two ends of a table.
std::string_view first_key(const lsm::TableInfo& table);
std::string_view last_key(const lsm::TableInfo& table);

// User keys; both ends included.
struct KeyRange {
  std::string_view smallest;
  std::string_view largest;
};
// The narrowest range that holds all of `tables`. It refers to their keys. Requires: not empty.
KeyRange range_of(std::span<const lsm::TableInfo> tables);

// The tables of `level` whose user keys lie in [smallest, largest], both ends included.
std::vector<lsm::TableInfo> overlapping(const lsm::Version& version, std::size_t level,
                                        std::string_view smallest, std::string_view largest);

std::uint64_t bytes_of(std::span<const lsm::TableInfo> tables);

// Adds `tables` of `level` to the inputs.
void add_inputs(std::span<const lsm::TableInfo> tables, std::size_t level, CompactionPlan& plan);

// The tables that `plan` names, in its order. Requires: they are there.
std::vector<lsm::TableInfo> inputs_of(const CompactionPlan& plan, const lsm::Version& version);

// Whether the version that results keeps newer above older, and levels free of overlaps: no
// table that is older than an input, and overlaps it, stays at or above the output level.
bool is_sound(const CompactionPlan& plan, const lsm::Version& version);

// Whether the plan is just a move: one input, which overlaps nothing where it goes and so can
// stay as it is, in the same file. Into the last level, where nothing ever pushes it on, it goes
// only without garbage. Requires: `plan` was made for `version`, and is sound.
bool is_move(const CompactionPlan& plan, const lsm::Version& version);

// Whether a table below the output level, or one beside the inputs that is older than they
// are, may hold a version of `user_key`. Only where none does, a tombstone may be dropped.
// For key after key OlderTables in key_walk.h is faster.
bool may_be_below(const CompactionPlan& plan, const lsm::Version& version,
                  std::string_view user_key);

// What the version becomes when the inputs have been merged into `outputs`; for
// lsm::VersionSet::compacted() and lsm::apply(). Where the plan is a move, the output is its input.
struct TableChange {
  std::vector<lsm::NumberAt> removed;
  std::vector<lsm::TableAt> added;
};
TableChange change_of(const CompactionPlan& plan, const std::vector<lsm::TableInfo>& outputs);

}  // namespace strata::compaction
