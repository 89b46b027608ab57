// A directory of a test's own, removed with everything in it when the test ends.
#pragma once

#include "env/file_system.h"

namespace strata::testing {

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const env::Path& path() const { return path_; }

 private:
  env::Path path_;
};

}  // namespace strata::testing
