#include "lsm/store_log.h"

#include <new>
#include <utility>

#include "base/assert.h"
#include "base/thrown.h"
#include "wal/append_batches.h"

namespace strata::lsm {

StoreLog::StoreLog(env::FileSystem& fs, env::Path directory, std::unique_ptr<wal::Log> log)
    : fs_(fs), directory_(std::move(directory)), log_(std::move(log)) {
  count();
}

void StoreLog::count() {
  bytes_ = log_->end() - log_->begin();
  syncs_ = log_->syncs();
}

Result<void> StoreLog::append(std::span<const WriteBatch* const> batches, wal::Timestamp now,
                              SyncMode sync) {
  auto written = wal::append_batches(*log_, batches, now);
  if (written) written = sync == SyncMode::kAlways ? log_->sync() : log_->flush();
  count();  // after a failure, too: the log may have begun a segment, or have some of the records
  return written;
}

Result<void> StoreLog::sync() {
  auto synced = log_->sync();
  count();
  return synced;
}

Result<wal::Position> StoreLog::rotate() {
  const auto rotated = log_->rotate();
  count();
  STRATA_TRY(rotated);
  return log_->end();
}

Result<const wal::Log*> StoreLog::rotated() {
  if (!log_->last_segment_blank()) STRATA_TRY(rotate());
  return log_.get();
}

bool StoreLog::drop_before(wal::Position position) {
  if (log_->begin() >= position) return false;
  const std::lock_guard lock(mutex_);
  dropped_.reserve(dropped_.size() + log_->segment_count());  // a name that is lost leaves a hole
  auto files = log_->detach_before(position);
  count();
  if (!drop_error_) std::ranges::move(files, std::back_inserter(dropped_));
  return !dropped_.empty();
}

// After the first failure this removes nothing more, because that would leave a hole.
void StoreLog::remove_dropped() {
  std::vector<env::Path> files;
  {
    const std::lock_guard lock(mutex_);
    if (drop_error_) return dropped_.clear();
    files.swap(dropped_);
  }
  std::optional<Error> error;
  try {
    if (auto removed = wal::remove_in_order(fs_, directory_, files); !removed)
      error = std::move(removed).error();
  } catch (const std::bad_alloc& thrown) {
    error = error_of_read(thrown);
  }
  const std::lock_guard lock(mutex_);
  if (!error) return;
  drop_error_ = std::move(error);
  dropped_.clear();  // what has come since is not removed either
}

std::optional<Error> StoreLog::drop_error() const {
  const std::lock_guard lock(mutex_);
  return drop_error_;
}

void StoreLog::check_invariants() const {
  log_->check_invariants();
  STRATA_ASSERT(bytes_ == log_->end() - log_->begin());
  const std::lock_guard lock(mutex_);
  STRATA_ASSERT(!drop_error_ || dropped_.empty());
}

}  // namespace strata::lsm
