// A stage that writes nothing, with a dumper for files that start with "TEST". Their fifth
// byte is the verdict: S sound, T torn, D damaged, E an error.
#include "store/stage.h"

namespace strata {
namespace {

Result<DumpVerdict> dump(env::FileSystem& fs, const env::Path& path, std::ostream& out) {
  STRATA_TRY(const Bytes bytes, env::read_file(fs, path, 1 << 20));
  const char verdict = as_text(bytes).at(4);
  out << "verdict: " << verdict << '\n';
  if (verdict == 'E') return io_error(path.string() + ": cannot be read");
  if (verdict == 'T') return DumpVerdict::kTornTail;
  return verdict == 'D' ? DumpVerdict::kDamaged : DumpVerdict::kSound;
}

const bool registered = [] {
  register_dumper(
      {.kind = "test file",
       .matches =
           [](ByteView head) { return head.size() <= 64 && as_text(head).starts_with("TEST"); },
       .dump = &dump});
  return true;
}();

}  // namespace
}  // namespace strata
