// A fresh directory that goes away, with all that is in it, when its owner does.
#pragma once

#include <memory>

#include "base/result.h"
#include "env/file_system.h"

namespace strata::workload {

class TemporaryDirectory {
 public:
  // Beneath `parent`, which must be there; empty: the system's place for temporaries.
  static Result<std::unique_ptr<TemporaryDirectory>> make(const env::Path& parent, bool keep);

  // Takes over a directory that is there.
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
