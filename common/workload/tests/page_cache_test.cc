#include "workload/page_cache.h"

#include <gtest/gtest.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include <fstream>

#include "env/temporary_directory.h"

namespace strata::workload {
namespace {

TEST(PageCache, ForgetsWhatItIsToldTo) {
  const auto directory = env::TemporaryDirectory::make({}, "strata-load").value();
  struct statfs system{};
  ASSERT_EQ(::statfs(directory->path().c_str(), &system), 0);
  if (system.f_type == TMPFS_MAGIC) GTEST_SKIP() << "these files live in memory";
  const env::Path path = directory->path() / "below" / "file";
  std::filesystem::create_directory(path.parent_path());
  std::ofstream(path) << std::string(std::size_t{1} << 20, 'x');
  EXPECT_GT(bytes_in_page_cache(path).value(), 0u);
  ASSERT_TRUE(drop_from_page_cache(directory->path()).has_value());
  EXPECT_EQ(bytes_in_page_cache(path).value(), 0u);
}

TEST(PageCache, SaysWhichFileItCannotRead) {
  const auto directory = env::TemporaryDirectory::make({}, "strata-load").value();
  EXPECT_FALSE(drop_from_page_cache(directory->path() / "none").has_value());
  EXPECT_FALSE(bytes_in_page_cache(directory->path() / "none").has_value());
}

}  // namespace
}  // namespace strata::workload
