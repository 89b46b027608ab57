// A remote store that is used without waiting: a caller may send the next request before the last
// one was answered. A load generator uses it to keep many connections busy from one thread.
//
// Thread-safety: none; one owner. run() calls the functions that were passed to get() and write(),
// on the owner's thread.
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

  // Each connection can have any number of requests in flight. Requires: connection <
  // connections().
  virtual std::size_t connections() const = 0;
  virtual void get(std::size_t connection, std::string_view key, Got got) = 0;
  virtual void write(std::size_t connection, const WriteBatch& batch, Written written) = 0;

  // Waits until a request was answered, but no longer than `at_most`. Calls the functions of all
  // requests that were answered.
  virtual void run(std::chrono::nanoseconds at_most) = 0;
};

}  // namespace strata
