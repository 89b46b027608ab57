#include "testing/unprivileged.h"

#include <unistd.h>

#include "base/assert.h"

namespace strata::testing {
namespace {

constexpr uid_t kRoot = 0;
constexpr uid_t kNobody = 65534;

}  // namespace

Unprivileged::Unprivileged() : before_(::geteuid()) {
  if (before_ == kRoot) STRATA_ASSERT(::seteuid(kNobody) == 0);
}

Unprivileged::~Unprivileged() {
  if (before_ == kRoot) STRATA_ASSERT(::seteuid(kRoot) == 0);
}

}  // namespace strata::testing
