// Where the shell's lines come from: a terminal or a pipe.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "store/limits.h"

namespace strata::shell {

// The longest line that is read. The largest PUT there can be, every byte of it written
// as \xNN, fits.
inline constexpr std::size_t kMaxLineSize = std::size_t{65} << 20;
static_assert(kMaxLineSize > 4 * (kMaxValueSize + kMaxKeySize) + 64);

struct Line {
  enum class Kind {
    kText,
    kTooLong,  // it was read to its end and thrown away
    kEnd,      // nothing more will come
  };
  Kind kind;
  std::string_view text;  // without its newline; may hold any other byte, NUL too
};

// Thread-safety: none; one owner.
class LineSource {
 public:
  virtual ~LineSource() = default;

  // Blocks until a whole line is there. Its text is valid until the next call.
  virtual Result<Line> next() = 0;
  // Whether a person types the lines.
  virtual bool interactive() const = 0;
};

}  // namespace strata::shell
