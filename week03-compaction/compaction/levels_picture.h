// The tree as a picture in text, for LEVELS: what lies in each level, where in the range of keys,
// and what that costs.
//
//   keys                        |a                                            zebra|
//   level 0: 1 table, 620 B, 25 % full
//     table 4            620 B  |   ==================                             |
//   level 6: 1 table, 3.1 MiB
//     table 2          3.1 MiB  |==================================================|
//   write amplification  2.3   (...)
//
// Where many tables lie over a place it shows how many: 2 to 9, then #.
// Pure functions. The same tree gives the same text; no line is longer than kPictureWidth.
#pragma once

#include <cstdint>
#include <string>

#include "compaction/levelled_policy.h"

namespace strata::compaction {

inline constexpr std::size_t kPictureWidth = 100;
// A level with more tables is drawn as one row, which says how many lie in each place.
inline constexpr std::size_t kDrawnTables = 8;

// What was written to tables since the store was opened.
struct WrittenBytes {
  std::uint64_t flushed = 0;
  std::uint64_t compacted = 0;
};

// `policy` says how full the levels are; null where nothing of the kind is asked of them.
std::string picture_of(const lsm::Version& version, const LevelledPolicy* policy,
                       const WrittenBytes& written);

}  // namespace strata::compaction
