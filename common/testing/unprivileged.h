// For tests of file permissions: root is stopped by none.
//
//   const testing::Unprivileged user;  // first, so that what follows belongs to the user
//
// Thread-safety: none; it changes the rights of the whole process, and of its children.
#pragma once

#include <sys/types.h>

namespace strata::testing {

// While it lives, a process of root's has the rights of the user nobody; another process
// keeps its own.
class Unprivileged {
 public:
  Unprivileged();
  ~Unprivileged();
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;

 private:
  const uid_t before_;
};

}  // namespace strata::testing
