#include "env/posix_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <system_error>

namespace strata::env {
namespace {

class PosixRandomAccessFile final : public RandomAccessFile {
 public:
  PosixRandomAccessFile(PosixCalls& calls, int fd, Path path) : file_(calls, fd, std::move(path)) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
    std::size_t done = 0;
    while (done < into.size()) {
      const ssize_t count = retry_interrupted([&] {
        return file_.calls().pread(file_.fd(), into.data() + done, into.size() - done,
                                   static_cast<off_t>(offset + done));
      });
      if (count < 0) return system_error("read", file_.path());
      if (count == 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  Result<std::uint64_t> size() const override {
    struct stat status{};
    if (file_.calls().fstat(file_.fd(), &status) != 0) return system_error("stat", file_.path());
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  const Descriptor file_;
};

// A part of a file, mapped into memory. Copying bytes there has the effect of pwrite(), and a sync
// of the file makes them durable.
//
// A copy cannot return an error: if the kernel cannot provide a page, SIGBUS ends the process. To
// exclude that, the window lies within the file, its pages are locked in memory so that none must
// be read again, and it is opened only on file systems that overwrite a block in place, which needs
// no space.
class Window {
 public:
  // The window is empty if the system does not allow all of this.
  Window(const Descriptor& file, std::uint64_t begin, std::uint64_t end)
      : file_(file), begin_(begin / page_size() * page_size()), end_(begin_) {
    if (!writes_in_place() || end <= begin_) return;
    void* const mapped = file_.calls().mmap(file_.fd(), end - begin_, static_cast<off_t>(begin_));
    if (mapped == MAP_FAILED) return;
    bytes_ = static_cast<std::byte*>(mapped);
    end_ = end;
    if (file_.calls().mlock(bytes_, end_ - begin_) != 0) close();
  }
  ~Window() { close(); }
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  bool write_at(std::uint64_t offset, ByteView bytes) {
    if (offset < begin_ || offset > end_ || bytes.size() > end_ - offset) return false;
    std::ranges::copy(bytes, bytes_ + (offset - begin_));
    return true;
  }

 private:
  static std::uint64_t page_size() {
    static const auto size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    return size;
  }
  bool writes_in_place() const {
    struct statfs status{};
    if (file_.calls().fstatfs(file_.fd(), &status) != 0) return false;
    return status.f_type == EXT4_SUPER_MAGIC || status.f_type == TMPFS_MAGIC;
  }
  void close() {
    if (bytes_) file_.calls().munmap(bytes_, end_ - begin_);  // this also unlocks the pages
    bytes_ = nullptr;
    end_ = begin_;
  }

  const Descriptor& file_;
  const std::uint64_t begin_;
  std::uint64_t end_;
  std::byte* bytes_ = nullptr;
};

class PosixWritableFile final : public WritableFile {
 public:
  PosixWritableFile(PosixCalls& calls, int fd, Path path) : file_(calls, fd, std::move(path)) {}

  Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
    if (poison_) return *poison_;
    if (window_ && window_->write_at(offset, bytes)) return {};
    while (!bytes.empty()) {
      const ssize_t count = retry_interrupted([&] {
        return file_.calls().pwrite(file_.fd(), bytes.data(), bytes.size(),
                                    static_cast<off_t>(offset));
      });
      if (count < 0) return system_error("write", file_.path());
      bytes = bytes.subspan(static_cast<std::size_t>(count));
      offset += static_cast<std::uint64_t>(count);
    }
    return {};
  }

  Result<void> truncate(std::uint64_t size) override {
    if (poison_) return *poison_;
    window_.reset();
    if (retry_interrupted(
            [&] { return file_.calls().ftruncate(file_.fd(), static_cast<off_t>(size)); }) != 0)
      return system_error("truncate", file_.path());
    return {};
  }

  void begin_writing_back(std::uint64_t begin, std::uint64_t end) override {
    if (poison_) return;
    // Without the flags that make it wait, this call does not consume an error that the next
    // fdatasync must report.
    static_cast<void>(file_.calls().sync_file_range(file_.fd(), static_cast<off64_t>(begin),
                                                    static_cast<off64_t>(end - begin),
                                                    SYNC_FILE_RANGE_WRITE));
  }

  void expect_small_writes(std::uint64_t begin, std::uint64_t end) override {
    if (!poison_) window_.emplace(file_, begin, end);
  }

  Result<void> sync() override {
    if (poison_) return *poison_;
    // Even an interrupted fdatasync is not repeated. The kernel may have marked the pages as clean
    // already; then a second call would report success although they are not on the disk.
    if (file_.calls().fdatasync(file_.fd()) != 0) {
      poison_ = system_error("fdatasync", file_.path());
      poison_->message += "; nothing more is written to it, open the store again";
      return *poison_;
    }
    return {};
  }

 private:
  const Descriptor file_;
  std::optional<Window> window_;
  std::optional<Error> poison_;  // the first failed sync
};

}  // namespace

Error system_error(std::string_view call, const Path& path) {
  const int number = errno;
  std::string message =
      fmt::format("{} {}: {}", call, path.string(), std::generic_category().message(number));
  switch (number) {
    case ENOENT:
    case ENOTDIR:  // a part of the path is a file
      return not_found(std::move(message));
    case EEXIST:
      return conflict(std::move(message));
    case ENOSPC:
    case EDQUOT:
      return unavailable(message + "; free some space");
    case EMFILE:
    case ENFILE:
      return unavailable(message + "; allow more open files, see ulimit -n");
    case EXDEV:
      return unsupported(std::move(message));
    default:
      return io_error(std::move(message));
  }
}

std::unique_ptr<RandomAccessFile> posix_readable(PosixCalls& calls, int fd, Path path) {
  return std::make_unique<PosixRandomAccessFile>(calls, fd, std::move(path));
}

std::unique_ptr<WritableFile> posix_writable(PosixCalls& calls, int fd, Path path) {
  return std::make_unique<PosixWritableFile>(calls, fd, std::move(path));
}

}  // namespace strata::env
