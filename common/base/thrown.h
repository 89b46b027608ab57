// What an exception means to somebody who waits for a Result.
#pragma once

#include <exception>

#include "base/not_written.h"
#include "base/result.h"

namespace strata {

// The error for an exception that a call threw which changes nothing: kUnsupported for NotWritten,
// otherwise kUnavailable, such as when memory runs out.
inline Error error_of_read(const std::exception& thrown) {
  if (dynamic_cast<const NotWritten*>(&thrown)) return unsupported(thrown.what());
  return unavailable(thrown.what());
}

// The error for an exception that a call threw: kUnsupported for NotWritten, otherwise
// kUnknown, because the call may have done a part of its work.
inline Error error_of(const std::exception& thrown) {
  if (dynamic_cast<const NotWritten*>(&thrown)) return unsupported(thrown.what());
  return unknown_outcome(thrown.what());
}

}  // namespace strata
