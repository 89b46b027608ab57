// Reads the secret that a server and its clients share. It is the first line of a file.
#pragma once

#include <string>

#include "base/result.h"

namespace strata::net {

// Returns an empty string for an empty name. Errors: kInvalidArgument if there is no such file, if
// the secret is too short, or if other users may read the file. Blocks: on the file.
Result<std::string> read_secret(const std::string& file);

}  // namespace strata::net
