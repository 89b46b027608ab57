// A new directory for a test. It is removed, with everything in it, when the object is destroyed.
#pragma once

#include <filesystem>
#include <memory>

#include "env/temporary_directory.h"

namespace strata::testing {

class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const env::Path& parent = {})
      : directory_(env::TemporaryDirectory::make(parent, "strata-test").value()) {}
  // In memory, if the system has a file system for that. For tests that sync thousands of times and
  // never cut the power.
  static TemporaryDirectory in_memory() {
    const env::Path memory = "/dev/shm";
    return TemporaryDirectory(std::filesystem::is_directory(memory) ? memory : env::Path());
  }

  const env::Path& path() const { return directory_->path(); }

 private:
  std::unique_ptr<env::TemporaryDirectory> directory_;
};

}  // namespace strata::testing
