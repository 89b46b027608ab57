// The value of a result that a test cannot go on without: where there is none, the test fails with
// the error's message.
#pragma once

#include <stdexcept>
#include <utility>

#include "base/result.h"

namespace strata::net {

template <class T>
T need(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

}  // namespace strata::net
