// The descriptors of a process: which ones it may use, and how many.
#pragma once

#include <cstddef>

namespace strata::env {

// Call this at the start of main, before anything is opened. Errors are ignored.
//
// Descriptors 0 to 2 that are closed are taken, so that no file or socket gets their number: what
// somebody prints would be written there. To read or write them fails as it did before.
//
// Raises this process's limit to the most that the system allows without further rights. Many
// systems start a program with 1,024; a server needs one for each connection.
void prepare_descriptors();

// How many descriptors this process may have open at a time.
std::size_t descriptor_limit();

// The same file as `fd`, under a number above 2; `fd` itself if it is above 2, or negative.
// Otherwise closes `fd`. Returns -1 if there is no such number, and sets errno.
int above_standard_streams(int fd);

}  // namespace strata::env
