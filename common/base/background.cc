#include "base/background.h"

#include <sys/resource.h>
#include <unistd.h>

namespace strata {

void yield_to_foreground() {
  constexpr int kNice = 10;
  // On Linux each thread has an id and a priority of its own. If the system refuses, nothing is
  // lost.
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice));
}

}  // namespace strata
