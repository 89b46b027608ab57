// A new directory on the real disk. It is removed, with everything in it, when this object is
// destroyed, unless keep() was called. Thread-safety: none; one owner.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "env/file_system.h"

namespace strata::env {

class TemporaryDirectory {
 public:
  // In `parent`, which must exist; if it is empty, in the system's directory for temporary files.
  // Its name begins with `prefix`.
  static Result<std::unique_ptr<TemporaryDirectory>> make(const Path& parent,
                                                          std::string_view prefix);

  // Takes over an existing directory.
  explicit TemporaryDirectory(Path path) : path_(std::move(path)) {}
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const Path& path() const { return path_; }
  void keep() { keep_ = true; }

 private:
  const Path path_;
  bool keep_ = false;
};

}  // namespace strata::env
