// Must not compile without KEEP: see CMakeLists.txt.
#include "base/result.h"

strata::Result<void> sync();
strata::Result<int> read();

void forgetful() {
#ifdef KEEP
  const auto synced = sync();
  const auto value = read();
  static_cast<void>(synced.has_value() && value.has_value());
#else
  sync();
  read();
#endif
}
