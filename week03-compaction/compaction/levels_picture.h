// Draws the tree as text, for LEVELS: which tables are in each level, where they lie in the range
// of keys, and what that costs.
//
//   keys                        |a                                            zebra|
//   level 0: 1 table, 620 B, 25 % full
//     table 4            620 B  |   ==================                             |
//   level 6: 1 table, 3.1 MiB
//     table 2          3.1 MiB  |==================================================|
//   write amplification  2.3   (...)
//
// Where several tables lie over one place, the picture shows their number: 2 to 9, then #.
// Pure functions. The same tree gives the same text. No line is longer than kPictureWidth.
#pragma once

#include <cstdint>
#include <string>

#include "compaction/levelled_policy.h"

namespace strata::compaction {

inline constexpr std::size_t kPictureWidth = 100;
// A level with more tables than this is drawn as one row that shows how many lie over each place.
inline constexpr std::size_t kDrawnTables = 8;

// The bytes that were written to tables since the store was opened.
struct WrittenBytes {
  std::uint64_t flushed = 0;
  std::uint64_t compacted = 0;
};

// `policy` says how full the levels are. null: the picture does not say how full they are.
std::string picture_of(const lsm::Version& version, const LevelledPolicy* policy,
                       const WrittenBytes& written);

}  // namespace strata::compaction
