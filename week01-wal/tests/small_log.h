// The id and the place of the log that several tests write.
#pragma once

#include <cstdint>

#include "env/file_system.h"

namespace strata::wal {

inline constexpr std::uint64_t kLog = 42;
inline const env::Path kDirectory = "/log";

}  // namespace strata::wal
