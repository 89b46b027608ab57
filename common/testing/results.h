// What a test says about a Result:
//
//   EXPECT_THAT(file->sync(), IsOk());
//   EXPECT_THAT(fs.create(path), FailsWith(ErrorCode::kConflict));
//
// When it is otherwise, the failure shows the error (see PrintTo() in base/result.h).
#pragma once

#include <gmock/gmock.h>

#include <string>

#include "base/result.h"

namespace strata::testing {

MATCHER(IsOk, negation ? "fails" : "is ok") { return arg.has_value(); }

MATCHER_P(FailsWith, code, "fails: " + std::string(name_of(code))) {
  return !arg.has_value() && arg.error().code == code;
}

}  // namespace strata::testing
