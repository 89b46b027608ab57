// A real file system of a given size, for tests of a disk that is full.
#pragma once

#include <string_view>

#include "env/file_system.h"

namespace strata::testing {

class SmallDisk {
 public:
  // Mounted on the directory `path` for as long as it lives, if this process may mount (root
  // may). `size` as "256k".
  SmallDisk(env::Path path, std::string_view size);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  bool resize(std::string_view size);  // whether it worked

 private:
  const env::Path path_;
  const bool mounted_;
};

}  // namespace strata::testing
