#include "testing/temporary_directory.h"

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/assert.h"

namespace strata::testing {

TemporaryDirectory::TemporaryDirectory()
    : TemporaryDirectory(std::filesystem::temp_directory_path()) {}

TemporaryDirectory TemporaryDirectory::in_memory() {
  const env::Path memory = "/dev/shm";
  return std::filesystem::is_directory(memory) ? TemporaryDirectory(memory) : TemporaryDirectory();
}

TemporaryDirectory::TemporaryDirectory(const env::Path& parent) {
  std::string name = (parent / "strata-test-XXXXXX").string();
  STRATA_ASSERT(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;  // a test does not fail because its directory could not be removed
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace strata::testing
