// What the body of a task throws until the learner has written it. The reference never throws it.
#pragma once

#include <stdexcept>
#include <string>

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

}  // namespace strata
