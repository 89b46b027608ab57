#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace strata {

void assertion_failed(const char* expression, std::source_location where) {
  std::fprintf(stderr, "%s:%u: assertion failed: %s\n", where.file_name(),
               static_cast<unsigned>(where.line()), expression);
  std::abort();
}

}  // namespace strata
