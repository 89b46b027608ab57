// need() returns the value of a result. If there is none, the test cannot go on: it fails with the
// error's message. Also says how tests print types that have no text of their own.
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
