// A place in a log: how many bytes of frames were ever written before it. Positions only
// grow; dropping old segments does not renumber what is left.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/strong.h"

namespace strata::wal {

using Position = Strong<struct PositionTag>;

// No log ever comes to here; a file that says so is damaged. Beyond it sums might overflow.
inline constexpr Position kPositionLimit{std::uint64_t{1} << 62};

// Files of the log are named by a position, in twenty digits and so that names sort as
// positions do: "00000000000000004096" and a suffix.
std::string file_name(Position position, std::string_view suffix);
// nullopt for names of other files.
std::optional<Position> parse_file_name(std::string_view name, std::string_view suffix);

}  // namespace strata::wal
