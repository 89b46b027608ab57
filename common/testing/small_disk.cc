#include "testing/small_disk.h"

#include <fmt/format.h>
#include <sys/mount.h>

namespace strata::testing {
namespace {

bool mount_memory(const env::Path& path, unsigned long flags, std::string_view size) {
  return ::mount("tmpfs", path.c_str(), "tmpfs", flags, fmt::format("size={}", size).c_str()) == 0;
}

}  // namespace

SmallDisk::SmallDisk(env::Path path, std::string_view size)
    : path_(std::move(path)), mounted_(mount_memory(path_, 0, size)) {}

SmallDisk::~SmallDisk() {
  if (mounted_) ::umount(path_.c_str());
}

bool SmallDisk::resize(std::string_view size) { return mount_memory(path_, MS_REMOUNT, size); }

}  // namespace strata::testing
