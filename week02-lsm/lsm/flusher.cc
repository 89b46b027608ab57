#include "lsm/flusher.h"

#include <new>
#include <utility>

#include "base/assert.h"

namespace strata::lsm {

void Flusher::start(env::Workers& workers, std::function<void()> before) {
  const auto work = [this, before = std::move(before)](const std::stop_token&) {
    before();
    step();
    return env::Worker::kWhenWoken;
  };
  worker_ = workers.start(work, env::Worker::kWhenWoken);
}

void Flusher::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (worker_) worker_->stop();
}

// --- On the leader -------------------------------------------------------------------

void Flusher::hand_over(FullMemtable full) {
  const std::lock_guard lock(mutex_);
  STRATA_ASSERT(!full_);
  full_ = std::move(full);
  worker_->wake();
}

bool Flusher::idle() const {
  const std::lock_guard lock(mutex_);
  return !full_;
}

// Requires: mutex_ is held. What a caller gets that needs the memtable flushed.
Result<void> Flusher::outcome() const {
  if (failure_.thrown) std::rethrow_exception(failure_.thrown);
  if (!full_) return {};
  return failure_.error ? *failure_.error : unavailable("the store is closed");
}

Result<void> Flusher::finish() {
  std::unique_lock lock(mutex_);
  if (failure_.error && failure_.error->code == ErrorCode::kUnavailable) {
    const FullMemtable full = *full_;  // nobody else takes it up while there is an error
    const std::uint64_t room = failure_.room;
    lock.unlock();
    const bool retry = may_fit_now(full, room);
    lock.lock();
    if (retry) failure_ = {};
  }
  if (!full_ || failure_) return outcome();
  worker_->wake();
  worker_->wait(lock, changed_, [this] { return !full_ || failure_ || stopping_; });
  return outcome();
}

Result<void> Flusher::help() {
  if (!worker_->help()) return {};
  const std::lock_guard lock(mutex_);
  return outcome();
}

// Every refused write asks. Writing half a table each time to find out would keep the disk busy. A
// disk that does not tell, or tells too much (a quota), costs one try.
bool Flusher::may_fit_now(const FullMemtable& full, std::uint64_t room_before) const {
  const auto room = parts_.versions.free_bytes();
  return !room || *room >= full.memtable->memory() || *room > room_before;
}

// --- On the worker -------------------------------------------------------------------

// Flushes the memtable that is held, if its last try has not failed, and keeps the result for those
// who wait.
void Flusher::step() {
  std::optional<FullMemtable> full;
  {
    const std::lock_guard lock(mutex_);
    if (!failure_) full = full_;
  }
  if (!full) return;
  Failure failure;
  try {
    if (auto outcome = flush(*std::move(full)); !outcome) {
      failure.error = std::move(outcome).error();
      parts_.observer.flush_failed(*failure.error);
      failure.room = parts_.versions.free_bytes().value_or(0);
    }
  } catch (...) {
    failure.thrown = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  failure_ = std::move(failure);
  if (!failure_) full_.reset();
  changed_.notify_all();
}

Result<void> Flusher::flush(FullMemtable full) {
  full = thinned(std::move(full));
  parts_.observer.flush_begun(*full.memtable);
  VersionSet& versions = parts_.versions;
  // TASK 2.9: three steps, in this order. Write the memtable to a table, with a durable name. Add
  // the table to the version: from then on, the log before full.log_start is not needed. Let
  // readers use the table instead of the memtable. An error of a step is returned, and the later
  // steps are not done.
  STRATA_TRY(const TableInfo table, versions.write_table(*full.memtable));
  STRATA_TRY(const auto tables, versions.flushed(table, full.log_start, full.sequence));
  install(table, *tables);
  return {};
  // END TASK 2.9
}

// Lets readers use the table in place of the memtable.
void Flusher::install(const TableInfo& table, const TableSet& tables) {
  parts_.observer.flush_finished(tables.version());
  bytes_.fetch_add(table.file_size, std::memory_order_relaxed);
  flushes_.fetch_add(1, std::memory_order_relaxed);
  parts_.compactions.tables_changed();
}

// What is to be written of `full`: all of it, if there is no memory for a thinner one.
FullMemtable Flusher::thinned(FullMemtable full) const {
  if (!full.thin || !parts_.thinner) return full;
  try {
    const SequenceNumber oldest = parts_.readers.oldest();
    auto thin = parts_.thinner->thin(*full.memtable, *parts_.versions.current(), oldest);
    if (!thin) return full;
    parts_.versions.readable_from(oldest);
    full.memtable = std::move(thin);
  } catch (const std::bad_alloc&) {
    full.thin = false;
  }
  return full;
}

// --- Reports -------------------------------------------------------------------------

std::optional<Error> Flusher::error() const {
  const std::lock_guard lock(mutex_);
  if (failure_.thrown) return io_error("an exception; open it again");
  return failure_.error;
}

void Flusher::check_invariants() const {
  const std::lock_guard lock(mutex_);
  STRATA_ASSERT(full_ || !failure_.error);
  STRATA_ASSERT(!full_ || full_->sequence <= parts_.readers.visible());
}

}  // namespace strata::lsm
