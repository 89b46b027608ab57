// Any line: it is taken apart into words or refused, and the store behind it stays whole.
#include <fcntl.h>

#include "shell/shell.h"
#include "store/memory_store.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  strata::MemoryStore store;
  strata::shell::Shell shell(store);
  strata::shell::Output out(nowhere);
  std::string_view lines(reinterpret_cast<const char*>(data), size);
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    static_cast<void>(shell.execute(lines.substr(0, end), out).has_value());
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return 0;
}
