// A place in a log: the number of bytes of frames that were ever written before it. Positions only
// grow. When old segments are dropped, the remaining ones keep their positions. Pure functions and
// values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/strong.h"

namespace strata::wal {

using Position = Strong<struct PositionTag>;

// No log reaches this position. A file with a larger one is damaged; sums with it could overflow.
inline constexpr Position kPositionLimit{std::uint64_t{1} << 62};

// The files of a log are named by a position in twenty digits, for example "00000000000000004096",
// and a suffix. So names sort in the order of positions.
std::string file_name(Position position, std::string_view suffix);
// Returns nullopt for names of other files.
std::optional<Position> parse_file_name(std::string_view name, std::string_view suffix);

}  // namespace strata::wal
