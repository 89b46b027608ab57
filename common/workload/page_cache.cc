#include "workload/page_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <vector>

namespace strata::workload {
namespace {

class OpenFile {
 public:
  explicit OpenFile(const env::Path& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int fd() const { return fd_; }

 private:
  const int fd_;
};

Error failed(const env::Path& path, int code = errno) {
  return io_error(fmt::format("{}: {}", path.string(), std::strerror(code)));
}

}  // namespace

Result<void> drop_from_page_cache(const env::Path& directory) {
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(directory, error), end;
       !error && entry != end; entry.increment(error)) {
    if (!entry->is_regular_file(error)) continue;
    const OpenFile file(entry->path());
    // Only pages that are on the disk can be dropped.
    if (file.fd() < 0 || ::fsync(file.fd()) != 0) return failed(entry->path());
    if (const int code = ::posix_fadvise(file.fd(), 0, 0, POSIX_FADV_DONTNEED); code != 0)
      return failed(entry->path(), code);
  }
  if (error) return io_error(fmt::format("{}: {}", directory.string(), error.message()));
  return {};
}

Result<std::uint64_t> bytes_in_page_cache(const env::Path& path) {
  const OpenFile file(path);
  struct stat found{};
  if (file.fd() < 0 || ::fstat(file.fd(), &found) != 0) return failed(path);
  const auto size = static_cast<std::size_t>(found.st_size);
  if (size == 0) return 0;
  void* const mapped = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.fd(), 0);
  if (mapped == MAP_FAILED) return failed(path);
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> resident((size + page - 1) / page);
  const int outcome = ::mincore(mapped, size, resident.data());
  ::munmap(mapped, size);
  if (outcome != 0) return failed(path);
  const auto pages = std::ranges::count_if(resident, [](unsigned char flags) { return flags & 1; });
  return static_cast<std::uint64_t>(pages) * page;
}

}  // namespace strata::workload
