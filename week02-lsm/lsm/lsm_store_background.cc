// The background work of LsmStore: flushes, and syncs at intervals.
#include <algorithm>
#include <new>
#include <utility>

#include "lsm/lsm_store.h"

namespace strata::lsm {

// --- Flushing ------------------------------------------------------------------------

// Runs as the leader of a commit.
Result<void> LsmStore::make_room() {
  if (active_->empty()) return {};
  if (active_->memory() < options_.memtable_bytes && !worth_thinning(*active_)) return {};
  return set_memtable_aside();
}

// True if at least a quarter of the memtable's entries are deletions, and scans have stepped over
// half as many entries of memtables as it has. The flush then costs no more than the scans did, and
// the compactor leaves out what nobody needs.
bool LsmStore::worth_thinning(const Memtable& memtable) const {
  constexpr std::uint64_t kLeast = 4096;
  if (!options_.compactor) return false;
  const std::uint64_t entries = memtable.entries();
  return memtable.deletions() > 0 && memtable.deletions() >= entries / 4 &&
         skipped_in_memory_.load(std::memory_order_relaxed) >=
             skipped_before_ + std::max(kLeast, entries / 2);
}

// Readers do not wait for the flush. With FlushMode::kInline the next writer makes it.
void LsmStore::ask_for_thinning(const Memtable& active) const {
  if (options_.flush != FlushMode::kBackground || !worth_thinning(active)) return;
  const std::lock_guard lock(flush_mutex_);
  thin_wanted_ = true;
  flush_changed_.notify_all();
}

// Runs on the flusher. If a writer is at work, that one finds out in make_room(). If this fails,
// the memtable stays as it is, and the next writer meets the error too: of a full disk or a failed
// log in make_room(), of memory that ran out half-way in check_whole().
void LsmStore::set_aside_for_scans() {
  const auto set_aside = [this]() -> Result<void> {
    {
      const std::lock_guard lock(flush_mutex_);
      if (full_ || flush_thrown_) return {};  // it would have to wait for itself
    }
    STRATA_TRY(check_open());
    STRATA_TRY(check_whole());
    if (worth_thinning(*active_)) STRATA_TRY(set_memtable_aside());
    note_log();
    return {};
  };
  try {
    static_cast<void>(commits_.try_run_alone(set_aside));
  } catch (const std::bad_alloc&) {
    return;
  }
}

// Runs on the leader. Waits while the previous memtable is still being flushed, because at most two
// are held in memory.
Result<void> LsmStore::set_memtable_aside() {
  STRATA_TRY(finish_flush());
  // Later writes go into a new segment, so that the segments before it can be dropped.
  STRATA_TRY(log_->rotate());
  auto next = std::make_shared<Memtable>(options_.memtable_bytes);
  const bool thin = worth_thinning(*active_);
  skipped_before_ = skipped_in_memory_.load();
  half_done_ = true;  // if memory runs out below, nothing may be written to this memtable
  options_.observer->set_aside(*active_, SequenceNumber(visible_.load()), log_->end());
  {
    const std::lock_guard lock(flush_mutex_);
    full_ = FullMemtable{active_, log_->end(),
                         SequenceNumber(visible_.load(std::memory_order_relaxed)), thin};
    publish(std::make_shared<ReadState>(next, active_, state_.get()->tables));
    flush_changed_.notify_all();
  }
  active_ = std::move(next);
  half_done_ = false;
  if (options_.flush == FlushMode::kInline) STRATA_TRY(finish_flush());
  compact_inline();
  return {};
}

// Runs on the leader. Ensures on success: no memtable is set aside. A failed flush is tried again
// only after a full disk, and only if the table may fit now.
Result<void> LsmStore::finish_flush() {
  std::unique_lock lock(flush_mutex_);
  if (flush_thrown_) std::rethrow_exception(flush_thrown_);
  if (!full_) return {};
  if (flush_error_) {
    if (flush_error_->code != ErrorCode::kUnavailable) return *flush_error_;
    const FullMemtable full = *full_;  // nobody else takes it up while there is an error
    lock.unlock();
    const bool retry = may_fit_now(full);
    lock.lock();
    if (!retry) return *flush_error_;
    flush_error_.reset();
  }
  if (options_.flush == FlushMode::kInline) {
    lock.unlock();
    try_to_flush();
    lock.lock();
  } else {
    flush_changed_.notify_all();
    flush_changed_.wait(lock,
                        [this] { return !full_ || flush_error_ || flush_thrown_ || stopping_; });
  }
  if (flush_thrown_) std::rethrow_exception(flush_thrown_);
  if (!full_) return {};
  return flush_error_ ? *flush_error_ : unavailable("the store is closed");
}

// Every refused write asks. Writing half a table each time to find out would keep the disk busy. A
// disk that does not tell, or tells too much (a quota), costs one try.
bool LsmStore::may_fit_now(const FullMemtable& full) const {
  const auto room = fs_.free_bytes(directory());
  return !room || *room >= full.memtable->memory() || *room > full.room_then.value_or(0);
}

// Calls flush_full() and keeps its result for the threads that wait.
void LsmStore::try_to_flush() {
  Result<void> outcome;
  std::exception_ptr thrown;
  try {
    outcome = flush_full();
  } catch (...) {
    thrown = std::current_exception();
  }
  if (!outcome) options_.observer->flush_failed(outcome.error());
  const std::uint64_t room = outcome ? 0 : fs_.free_bytes(directory()).value_or(0);
  const std::lock_guard lock(flush_mutex_);
  if (thrown) flush_thrown_ = thrown;
  if (!outcome) {
    flush_error_ = outcome.error();
    full_->room_then = room;
  }
  flush_changed_.notify_all();
}

// Flushes the memtable that is set aside. Runs on one thread at a time.
Result<void> LsmStore::flush_full() {
  const FullMemtable full = thinned([this] {
    const std::lock_guard lock(flush_mutex_);
    return *full_;
  }());
  options_.observer->flush_begun(*full.memtable);
  // TASK 2.9: three steps, in this order. Write the memtable to a table, with a durable name. Add
  // the table to the version: from then on, the log before full.log_end is not needed. Let readers
  // use the table instead of the memtable. An error of a step is returned, and the later steps are
  // not done.
  STRATA_TRY(const TableInfo info, versions_->write_table(*full.memtable));
  STRATA_TRY(const auto tables, versions_->flushed(info, full.log_end, full.sequence));
  install_flushed(full, *tables);
  return {};
  // END TASK 2.9
}

// What is to be written of `full`: all of it, if there is no memory for a thinner one.
LsmStore::FullMemtable LsmStore::thinned(FullMemtable full) const {
  if (!full.thin) return full;
  try {
    const SequenceNumber oldest = snapshots_.oldest();
    auto thin = options_.compactor->thin(*full.memtable, *versions_->current(), oldest);
    if (!thin) return full;
    versions_->readable_from(oldest);
    full.memtable = std::move(thin);
  } catch (const std::bad_alloc&) {
    full.thin = false;
  }
  return full;
}

// Lets readers use the tables instead of `full`, and wakes the threads that wait for this flush.
void LsmStore::install_flushed(const FullMemtable& full, const TableSet& tables) {
  options_.observer->flush_finished(tables.version());
  const auto& top = tables.version().levels[0];
  if (!top.empty()) flushed_bytes_.fetch_add(top.front().file_size, std::memory_order_relaxed);
  const auto before = state_.get();  // releasing the old state may do I/O, so not under the lock
  const std::lock_guard lock(flush_mutex_);
  publish_tables();
  full_.reset();
  log_needed_from_.store(full.log_end, std::memory_order_release);
  flushes_.fetch_add(1, std::memory_order_relaxed);
  flush_changed_.notify_all();
}

void LsmStore::run_flushes(const std::stop_token& stop) {
  for (bool flushes = false, thins = false;;) {
    {
      std::unique_lock lock(flush_mutex_);
      const auto wanted = [this] { return full_ && !flush_error_ && !flush_thrown_; };
      flush_changed_.wait(lock, stop,
                          [&] { return wanted() || thin_wanted_ || !dropped_log_.empty(); });
      if (stop.stop_requested()) return;
      flushes = wanted();
      thins = !flushes && std::exchange(thin_wanted_, false);
    }
    if (flushes)
      try_to_flush();
    else if (thins)
      set_aside_for_scans();
    else
      remove_dropped_log();
  }
}

// Runs on the leader, because only a leader may use the log. The flusher must not wait to become
// leader, because a leader may be waiting for the flusher. The flusher removes the files, so that
// no writer has to wait for that.
void LsmStore::drop_flushed_log() {
  const wal::Position needed_from = log_needed_from_.load(std::memory_order_acquire);
  if (log_->begin() >= needed_from) return;
  auto files = log_->detach_before(needed_from);
  {
    const std::lock_guard lock(flush_mutex_);
    std::ranges::move(files, std::back_inserter(dropped_log_));
    flush_changed_.notify_all();
  }
  if (options_.flush == FlushMode::kInline) remove_dropped_log();
}

// A log that cannot be dropped takes space and does no other harm. stats() shows the error, and the
// next opening tries again. After the first failure this removes nothing more, because that would
// leave a hole.
void LsmStore::remove_dropped_log() {
  std::vector<env::Path> files;
  {
    const std::lock_guard lock(flush_mutex_);
    if (drop_error_) return dropped_log_.clear();
    files.swap(dropped_log_);
  }
  if (auto removed = wal::remove_in_order(fs_, log_directory(), files); !removed) {
    const std::lock_guard lock(flush_mutex_);
    drop_error_ = removed.error();
  }
}

// Requires: flush_mutex_ is held. Lets readers use the current tables. If the table of the memtable
// that was set aside is among them, readers no longer use that memtable.
void LsmStore::publish_tables() {
  const auto state = state_.get();
  auto tables = versions_->current();
  const bool flushed = full_ && tables->version().log_start >= full_->log_end;
  set_delay_of_writers(tables->version());
  publish(std::make_shared<ReadState>(state->active, flushed ? nullptr : state->full,
                                      std::move(tables)));
  ++tables_changed_;
}

Result<void> LsmStore::flush() {
  STRATA_TRY(check_open());
  STRATA_TRY(run_alone([this]() -> Result<void> {
    STRATA_TRY(check_whole());
    if (!active_->empty()) STRATA_TRY(set_memtable_aside());
    STRATA_TRY(finish_flush());
    drop_flushed_log();
    compact_inline();
    return {};
  }));
  return {};
}

Result<void> LsmStore::while_still(const std::function<Result<void>(const Still&)>& action) {
  return run_alone([&]() -> Result<void> {
    STRATA_TRY(check_whole());
    if (!log_->last_segment_blank()) STRATA_TRY(log_->rotate());
    const auto tables = state_.get()->tables;
    return action({*tables, *log_, directory_.identity()});
  });
}

}  // namespace strata::lsm
