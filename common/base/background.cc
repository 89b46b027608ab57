#include "base/background.h"

#include <sys/resource.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>

namespace strata {

void yield_to_foreground() {
  constexpr int kNice = 10;
  // On Linux each thread has an id and a priority of its own. If the system refuses, nothing is
  // lost.
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice));
}

void repeat_every(std::chrono::nanoseconds interval, const std::stop_token& stop,
                  const std::function<void()>& action) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  for (;;) {
    {
      std::unique_lock lock(mutex);
      stopped.wait_for(lock, stop, interval, [] { return false; });
    }
    if (stop.stop_requested()) return;
    action();
  }
}

}  // namespace strata
