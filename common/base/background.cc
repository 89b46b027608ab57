#include "base/background.h"

#include <sys/resource.h>
#include <unistd.h>

namespace strata {

void yield_to_foreground() {
  constexpr int kNice = 10;
  // On Linux a thread has a number, and a priority, of its own. A refusal does no harm.
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice));
}

}  // namespace strata
