#include "lsm/open_files.h"

#include "base/assert.h"

namespace strata::lsm {

OpenFiles::OpenFiles(std::size_t limit) : limit_(limit) { STRATA_ASSERT(limit > 0); }

std::size_t OpenFiles::count() const {
  const std::lock_guard lock(mutex_);
  return open_.size();
}

Result<OpenFiles::File> OpenFiles::open(const CachedFile& file) {
  STRATA_TRY(File opened, open_making_room(file));
  File closed;  // released after the lock
  const std::lock_guard lock(mutex_);
  if (auto already = file.file_.get()) return already;
  if (open_.size() >= limit_) closed = close_one();
  open_.reserve(open_.size() + 1);  // so that nothing can fail below, once set() has succeeded
  file.file_.set(opened);
  file.read_lately_.store(true, std::memory_order_relaxed);
  file.at_ = open_.size();
  open_.push_back(&file);
  return opened;
}

// The rest of the process may use up the descriptors too. So if none is left, closes files until
// there is one again.
Result<OpenFiles::File> OpenFiles::open_making_room(const CachedFile& file) {
  for (;;) {
    auto opened = file.fs_.open_for_read(file.path_);
    if (opened) return File(*std::move(opened));
    if (opened.error().code != ErrorCode::kUnavailable) return std::move(opened).error();
    File closed;
    const std::lock_guard lock(mutex_);
    closed = close_one();
    if (!closed) return std::move(opened).error();
  }
}

// As the clock algorithm does: a file that was read since the hand came by is spared once.
OpenFiles::File OpenFiles::close_one() {
  if (open_.empty()) return nullptr;
  for (;; ++hand_) {
    if (hand_ >= open_.size()) hand_ = 0;
    const CachedFile& candidate = *open_[hand_];
    if (candidate.read_lately_.exchange(false, std::memory_order_relaxed)) continue;
    File file = candidate.file_.get();
    candidate.file_.set(nullptr);
    open_.back()->at_ = hand_;
    open_[hand_] = open_.back();
    open_.pop_back();
    return file;
  }
}

void OpenFiles::forget(const CachedFile& file) {
  const std::lock_guard lock(mutex_);
  if (!file.file_.get()) return;
  open_.back()->at_ = file.at_;
  open_[file.at_] = open_.back();
  open_.pop_back();
}

Result<OpenFiles::File> CachedFile::file() const {
  if (auto open = file_.get()) {
    if (!read_lately_.load(std::memory_order_relaxed))
      read_lately_.store(true, std::memory_order_relaxed);
    return open;
  }
  return files_->open(*this);
}

Result<std::size_t> CachedFile::read_at(std::uint64_t offset, std::span<std::byte> into) const {
  STRATA_TRY(const auto open, file());
  return open->read_at(offset, into);
}

Result<std::uint64_t> CachedFile::size() const {
  STRATA_TRY(const auto open, file());
  return open->size();
}

}  // namespace strata::lsm
