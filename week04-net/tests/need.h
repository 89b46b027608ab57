// The value of a result that a test cannot go on without: where there is none, the test fails with
// the error's message. And how tests print what has no words of its own.
#pragma once

#include <ostream>
#include <stdexcept>
#include <utility>

#include "base/result.h"
#include "net/messages.h"

namespace strata::net {

template <class T>
T need(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

}  // namespace strata::net

namespace strata::net::proto {

// For the messages of tests that fail.
inline void PrintTo(Error_Code code, std::ostream* out) { *out << name_of(code); }

}  // namespace strata::net::proto
