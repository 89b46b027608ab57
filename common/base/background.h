// For threads that do background work, such as flushes and compactions. Nobody waits for them, so
// they should not take the processor from threads that a caller waits for.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>

namespace strata {

// Lowers the calling thread's scheduling priority. Does nothing if the system does not support
// that.
void yield_to_foreground();

// Calls `action` on this thread each time that `interval` has passed since the last call returned.
// Blocks until `stop` is requested.
void repeat_every(std::chrono::nanoseconds interval, const std::stop_token& stop,
                  const std::function<void()>& action);

}  // namespace strata
