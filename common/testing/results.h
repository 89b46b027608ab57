// What a test says about a Result:
//
//   EXPECT_THAT(file->sync(), IsOk());
//   EXPECT_THAT(fs.create(path), FailsWith(ErrorCode::kConflict));
//
// When it is otherwise, the failure shows the error's message.
#pragma once

#include <gmock/gmock.h>

#include <string>

#include "base/result.h"

namespace strata::testing {

MATCHER(IsOk, negation ? "fails" : "is ok") {
  if (!arg.has_value()) *result_listener << "it failed: " << arg.error().message;
  return arg.has_value();
}

MATCHER_P(FailsWith, code, "fails: " + std::string(name_of(code))) {
  if (arg.has_value()) return false;
  *result_listener << "it failed: " << arg.error().message;
  return arg.error().code == code;
}

}  // namespace strata::testing
