// What the body of a task throws until the learner has written it (the reference never throws it),
// and what an exception means to somebody who waits for a Result.
#pragma once

#include <stdexcept>
#include <string>

#include "base/result.h"

namespace strata {

class NotWritten : public std::runtime_error {
 public:
  explicit NotWritten(const std::string& task)
      : std::runtime_error("task " + task + " is not written yet; see: ./strata hint " + task),
        task_(task) {}

  const std::string& task() const { return task_; }

 private:
  std::string task_;
};

// The error for an exception that a call let through: kUnsupported for NotWritten, otherwise
// kUnknown, because the call may have done a part of its work.
inline Error error_of(const std::exception& thrown) {
  if (dynamic_cast<const NotWritten*>(&thrown)) return unsupported(thrown.what());
  return unknown_outcome(thrown.what());
}

}  // namespace strata
