// Matchers for a Result:
//
//   EXPECT_THAT(file->sync(), IsOk());
//   EXPECT_THAT(fs.create(path), FailsWith(ErrorCode::kConflict));
//
// If the expectation fails, the message shows the error, or the value that came instead. GoogleTest
// finds the PrintTo() functions below through the namespace of their argument; without them it
// would print bytes.
#pragma once

#include <gmock/gmock.h>

#include <ostream>
#include <string>
#include <type_traits>

#include "base/result.h"
#include "env/file_system.h"

namespace strata {

inline void PrintTo(ErrorCode code, std::ostream* out) { *out << name_of(code); }

inline void PrintTo(const Error& error, std::ostream* out) {
  *out << name_of(error.code) << ": " << error.message;
}

// More special than the one in base/result.h, which cannot print values.
template <class T>
  requires(!std::is_void_v<T>)
void PrintTo(const Result<T>& result, std::ostream* out) {
  if (!result) {
    *out << "the error " << ::testing::PrintToString(result.error());
  } else if constexpr (requires { result->get(); }) {
    *out << "ok";  // a pointer to a file or a store: its bytes say nothing
  } else {
    *out << "ok: " << ::testing::PrintToString(*result);
  }
}

namespace env {

inline void PrintTo(FileKind kind, std::ostream* out) {
  switch (kind) {
    case FileKind::kMissing:
      *out << "nothing is there";
      return;
    case FileKind::kFile:
      *out << "a file";
      return;
    case FileKind::kDirectory:
      *out << "a directory";
      return;
    case FileKind::kOther:
      *out << "neither a file nor a directory";
      return;
  }
  *out << "FileKind " << static_cast<int>(kind);
}

}  // namespace env
}  // namespace strata

namespace strata::testing {

MATCHER(IsOk, negation ? "fails" : "is ok") { return arg.has_value(); }

MATCHER_P(FailsWith, code, "fails: " + std::string(name_of(code))) {
  return !arg.has_value() && arg.error().code == code;
}

}  // namespace strata::testing
