// A real file system of a given size, for tests of a full disk. Thread-safety: none; one owner.
#pragma once

#include <string_view>

#include "env/file_system.h"

namespace strata::testing {

class SmallDisk {
 public:
  // Mounts it on the directory `path`, as long as this object lives. Only a process that may mount
  // (root may) can do that; mounted() says whether it worked. `size`: for example "256k".
  SmallDisk(env::Path path, std::string_view size);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  bool resize(std::string_view size);  // returns true if it worked

 private:
  const env::Path path_;
  const bool mounted_;
};

}  // namespace strata::testing
