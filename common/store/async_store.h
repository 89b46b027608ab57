// A store that is far away, asked without waiting for one answer before the next question: what a
// load generator needs to keep many connections busy from one thread.
//
// Thread-safety: none; one owner, on whose thread run() calls the functions it was given.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/write_batch.h"

namespace strata {

class AsyncStore {
 public:
  using Got = std::move_only_function<void(Result<std::optional<std::string>>)>;
  using Written = std::move_only_function<void(Result<void>)>;

  virtual ~AsyncStore() = default;

  // Each connection carries any number of questions at a time. Requires: connection <
  // connections().
  virtual std::size_t connections() const = 0;
  virtual void get(std::size_t connection, std::string_view key, Got got) = 0;
  virtual void write(std::size_t connection, const WriteBatch& batch, Written written) = 0;

  // Waits until something has been answered, but no longer than `at_most`; calls the functions of
  // what was answered.
  virtual void run(std::chrono::nanoseconds at_most) = 0;
};

}  // namespace strata
