// For tests of file permissions, which do not stop root.
//
//   const testing::Unprivileged user;  // first, so that files created later belong to this user
//
// Thread-safety: none; it changes the rights of the whole process and of its children.
#pragma once

#include <sys/types.h>

namespace strata::testing {

// While this object lives, a process that runs as root has only the rights of the user nobody. A
// process of another user keeps its rights.
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
