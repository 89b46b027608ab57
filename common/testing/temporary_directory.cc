#include "testing/temporary_directory.h"

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/assert.h"

namespace strata::testing {

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "strata-test-XXXXXX").string();
  STRATA_ASSERT(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;  // a directory left behind is no reason to fail a test
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace strata::testing
