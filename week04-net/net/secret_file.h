// The secret that a server and its clients share, in a file: its first line.
#pragma once

#include <string>

#include "base/result.h"

namespace strata::net {

// Empty for an empty name. kInvalidArgument if there is no such file, if it is too short to be a
// secret, or if others may read it.
Result<std::string> read_secret(const std::string& file);

}  // namespace strata::net
