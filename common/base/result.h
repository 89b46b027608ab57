// Every function that can fail returns a Result: a value or an Error.
//
// No exception crosses a module. No error is dropped: Result is [[nodiscard]], so code that ignores
// one does not compile. If a thing that was looked for is not there, that is no error, but an empty
// optional.
//
// Thread-safety: none; a Result is a value.
#pragma once

#include <expected>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace strata {

// The codes say who has to act, not where the error happened.
enum class ErrorCode {
  kInvalidArgument,  // the caller: this request can never succeed
  kNotFound,         // the caller: the named thing (file, snapshot) does not exist
  kCorruption,       // the operator: stored bytes are not those that were written
  kIo,               // the operator: the operating system refused or failed
  kUnavailable,      // the caller: not now; try again later, or reopen
  kConflict,         // the caller: somebody else holds it, or changed it first
  kCancelled,        // nobody: the caller asked for it
  kUnsupported,      // the operator: a newer format, or something that this stage cannot do
  kUnknown,          // the caller: it may have been done; check before doing it again
};

// The code in words: "invalid argument", "corruption", ...
std::string_view name_of(ErrorCode code);

// `message` says in one line what is wrong, where (file and offset), and what to do.
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

// How GoogleTest prints a Result.
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

// Returns the error to the caller, or continues with the value:
//
//   STRATA_TRY(auto file, fs.create(path));   // a Result<T>: declares or assigns `file`
//   STRATA_TRY(file->sync());                 // a Result whose value is not needed
//
// The first form is several statements: after an `if`, put it in braces. In a coroutine there is
// only the form with a declaration:  STRATA_CO_TRY(auto socket, co_await connect(where));
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
