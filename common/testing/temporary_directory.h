// A new directory for a test. It is removed, with everything in it, when the object is destroyed.
#pragma once

#include "env/file_system.h"

namespace strata::testing {

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  // In memory, if the system has a file system for that. For tests that sync thousands of times and
  // never cut the power.
  static TemporaryDirectory in_memory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const env::Path& path() const { return path_; }

 private:
  explicit TemporaryDirectory(const env::Path& parent);

  env::Path path_;
};

}  // namespace strata::testing
