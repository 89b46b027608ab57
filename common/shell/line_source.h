// Where the shell's lines come from: a terminal or a pipe.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "store/limits.h"

namespace strata::shell {

// The longest line that is accepted, in bytes. The largest possible PUT fits, even if each of its
// bytes is written as \xNN.
inline constexpr std::size_t kMaxLineSize = std::size_t{65} << 20;
static_assert(kMaxLineSize > 4 * (kMaxValueSize + kMaxKeySize) + 64);

struct Line {
  enum class Kind {
    kText,
    kTooLong,  // the line was read to its end and dropped
    kEnd,      // there are no more lines
  };
  Kind kind;
  std::string_view text;  // without the newline; it may contain any other byte, also NUL
};

// Thread-safety: none; one owner.
class LineSource {
 public:
  virtual ~LineSource() = default;

  // Blocks until a whole line has been read. Its text is valid until the next call.
  virtual Result<Line> next() = 0;
  // True if a person types the lines.
  virtual bool interactive() const = 0;
};

}  // namespace strata::shell
