// How every fallible function in Strata answers: with a value or with an Error.
//
// No exception crosses a module and no error is dropped: Result is [[nodiscard]], so
// ignoring one does not compile. Absence is not an error; it is an empty optional.
#pragma once

#include <expected>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace strata {

// Split by who has to act on it, not by where it happened.
enum class ErrorCode {
  kInvalidArgument,  // the caller: the request can never succeed as it stands
  kNotFound,         // the caller: a named thing (file, snapshot) is not there
  kCorruption,       // the operator: stored bytes are not what was written
  kIo,               // the operator: the operating system refused or failed
  kUnavailable,      // the caller: not now; try again later or reopen
  kConflict,         // the caller: somebody else holds it or changed it first
  kCancelled,        // nobody: the caller asked for it
  kUnsupported,      // the operator: a newer format, or a capability this stage lacks
  kUnknown,          // the caller: it may have been done, or not; look before doing it again
};

// The enumerator as words: "invalid argument", "corruption", ...
std::string_view name_of(ErrorCode code);

// `message` says what, where (file and offset) and what to do, in one line.
struct Error {
  ErrorCode code;
  std::string message;

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
  using Base = std::expected<T, Error>;

 public:
  using Base::Base;
  Result(Error error) : Base(std::unexpect, std::move(error)) {}
};

template <>
class [[nodiscard]] Result<void> : public std::expected<void, Error> {
  using Base = std::expected<void, Error>;

 public:
  using Base::Base;
  Result(Error error) : Base(std::unexpect, std::move(error)) {}
};

// How a test shows one.
template <class T>
void PrintTo(const Result<T>& result, std::ostream* out) {
  if (result)
    *out << "ok";
  else
    *out << "the error " << name_of(result.error().code) << ": " << result.error().message;
}

inline Error invalid_argument(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}
inline Error not_found(std::string message) { return {ErrorCode::kNotFound, std::move(message)}; }
inline Error corruption(std::string message) {
  return {ErrorCode::kCorruption, std::move(message)};
}
inline Error io_error(std::string message) { return {ErrorCode::kIo, std::move(message)}; }
inline Error unavailable(std::string message) {
  return {ErrorCode::kUnavailable, std::move(message)};
}
inline Error conflict(std::string message) { return {ErrorCode::kConflict, std::move(message)}; }
inline Error cancelled(std::string message) { return {ErrorCode::kCancelled, std::move(message)}; }
inline Error unsupported(std::string message) {
  return {ErrorCode::kUnsupported, std::move(message)};
}
inline Error unknown_outcome(std::string message) {
  return {ErrorCode::kUnknown, std::move(message)};
}

}  // namespace strata

// Passes an error on to the caller, or goes on with the value:
//
//   STRATA_TRY(auto file, fs.create(path));   // a Result<T>: declares or assigns `file`
//   STRATA_TRY(file->sync());                 // a Result whose value is not needed
//
// The first form is more than one statement: give it braces of its own behind an `if`.
// In a coroutine, the form that declares:  STRATA_CO_TRY(auto socket, co_await connect(where));
#define STRATA_TRY(...) \
  STRATA_TRY_PICK_(__VA_ARGS__, STRATA_TRY_VALUE_, STRATA_TRY_VOID_)(__VA_ARGS__)
#define STRATA_TRY_PICK_(first, second, chosen, ...) chosen
#define STRATA_TRY_VOID_(expr)                                                                \
  do {                                                                                        \
    if (auto strata_result = (expr); !strata_result) return std::move(strata_result).error(); \
  } while (false)
#define STRATA_TRY_VALUE_(decl, expr) \
  STRATA_TRY_NAMED_(STRATA_TRY_JOIN_(strata_result_, __LINE__), decl, expr)
#define STRATA_TRY_NAMED_(result, decl, expr)    \
  auto result = (expr);                          \
  if (!result) return std::move(result).error(); \
  decl = *std::move(result)
#define STRATA_TRY_JOIN_(a, b) STRATA_TRY_JOIN2_(a, b)
#define STRATA_TRY_JOIN2_(a, b) a##b
#define STRATA_CO_TRY(decl, expr) \
  STRATA_CO_TRY_NAMED_(STRATA_TRY_JOIN_(strata_result_, __LINE__), decl, expr)
#define STRATA_CO_TRY_NAMED_(result, decl, expr)    \
  auto result = (expr);                             \
  if (!result) co_return std::move(result).error(); \
  decl = *std::move(result)
