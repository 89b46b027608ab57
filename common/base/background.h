// For threads that work behind those that somebody waits for.
#pragma once

namespace strata {

// Lets the calling thread have what others leave of the processors, where the system knows of
// such a thing; it goes on all the same where it does not.
void yield_to_foreground();

}  // namespace strata
