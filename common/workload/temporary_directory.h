// A new directory. It is removed, with everything in it, when this object is destroyed, unless it
// is to be kept. Thread-safety: none; one owner.
#pragma once

#include <memory>

#include "base/result.h"
#include "env/file_system.h"

namespace strata::workload {

class TemporaryDirectory {
 public:
  // In `parent`, which must exist; if it is empty, in the system's directory for temporary files.
  static Result<std::unique_ptr<TemporaryDirectory>> make(const env::Path& parent, bool keep);

  // Takes over an existing directory.
  TemporaryDirectory(env::Path path, bool keep) : path_(std::move(path)), keep_(keep) {}
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const env::Path& path() const { return path_; }

 private:
  const env::Path path_;
  const bool keep_;
};

}  // namespace strata::workload
