#include "env/temporary_directory.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace strata::env {

Result<std::unique_ptr<TemporaryDirectory>> TemporaryDirectory::make(const Path& parent,
                                                                     std::string_view prefix) {
  const auto place = parent.empty() ? std::filesystem::temp_directory_path() : parent;
  std::string path = (place / fmt::format("{}-XXXXXX", prefix)).string();
  if (::mkdtemp(path.data()) == nullptr)
    return io_error(fmt::format("cannot make a directory in {}: {}", place.string(),
                                std::generic_category().message(errno)));
  return std::make_unique<TemporaryDirectory>(std::move(path));
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;  // a destructor cannot report it
  if (!keep_) std::filesystem::remove_all(path_, ignored);
}

}  // namespace strata::env
