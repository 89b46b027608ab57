// Keeps the files of tables open, but not more than a limit: a process may have only so many, and a
// store may have more tables. A file is opened when somebody reads it. If too many are open then,
// one is closed that nobody has read lately.
//
// Thread-safety: every function may be called from many threads at once. A read of a file that is
// open takes no lock that other threads' reads need.
// Blocks: CachedFile::read_at() and size(), on the disk.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "base/published.h"
#include "env/file_system.h"

namespace strata::lsm {

class CachedFile;

class OpenFiles {
 public:
  // Requires: limit > 0. Files that are being read do not close: for a moment more may be open, at
  // most one for each thread that reads.
  explicit OpenFiles(std::size_t limit);
  OpenFiles(const OpenFiles&) = delete;
  OpenFiles& operator=(const OpenFiles&) = delete;

  std::size_t count() const;

 private:
  friend class CachedFile;
  using File = std::shared_ptr<const env::RandomAccessFile>;

  // Opens the file, unless another thread has done so. Errors: as FileSystem::open_for_read().
  Result<File> open(const CachedFile& file);
  Result<File> open_making_room(const CachedFile& file);
  void forget(const CachedFile& file);
  // Removes a file that nobody has read lately from open_, and returns it. Null if none is open.
  // Requires: mutex_ is held. The caller releases the file after the lock, since that is I/O.
  File close_one();

  const std::size_t limit_;
  mutable std::mutex mutex_;             // never held during I/O
  std::vector<const CachedFile*> open_;  // guarded by mutex_
  std::size_t hand_ = 0;                 // guarded; where in open_ the next search begins
};

// A file that is read through OpenFiles. Requires: the file keeps its name and its contents as long
// as this object lives.
class CachedFile {
 public:
  // `fs` must outlive the object.
  CachedFile(env::FileSystem& fs, env::Path path, std::shared_ptr<OpenFiles> files)
      : fs_(fs), path_(std::move(path)), files_(std::move(files)) {}
  ~CachedFile() { files_->forget(*this); }
  CachedFile(const CachedFile&) = delete;
  CachedFile& operator=(const CachedFile&) = delete;

  // As env::RandomAccessFile. Errors: also those of FileSystem::open_for_read().
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const;
  Result<std::uint64_t> size() const;

 private:
  friend class OpenFiles;
  Result<OpenFiles::File> file() const;

  env::FileSystem& fs_;
  const env::Path path_;
  const std::shared_ptr<OpenFiles> files_;
  mutable Published<env::RandomAccessFile> file_;  // set under files_->mutex_; null: closed
  mutable std::atomic<bool> read_lately_{false};
  mutable std::size_t at_ = 0;  // guarded by files_->mutex_; its place in open_, if it is open
};

}  // namespace strata::lsm
