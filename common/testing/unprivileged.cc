#include "testing/unprivileged.h"

#include <unistd.h>

#include "base/assert.h"

namespace strata::testing {
namespace {

constexpr uid_t kRoot = 0;
constexpr uid_t kNobody = 65534;

}  // namespace

Unprivileged::Unprivileged() : before_(::geteuid()) {
  // It changes the real user as well as the effective one. If they differed, the system would treat
  // a child as a set-uid program.
  if (before_ == kRoot) STRATA_ASSERT(::setresuid(kNobody, kNobody, kRoot) == 0);
}

Unprivileged::~Unprivileged() {
  if (before_ == kRoot) STRATA_ASSERT(::setresuid(kRoot, kRoot, kRoot) == 0);
}

}  // namespace strata::testing
