// For threads that do background work, such as flushes and compactions. Nobody waits for them, so
// they should not take the processor from threads that a caller waits for.
#pragma once

namespace strata {

// Lowers the calling thread's scheduling priority. Does nothing if the system does not support
// that.
void yield_to_foreground();

}  // namespace strata
