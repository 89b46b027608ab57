// How LsmStore uses a Compactor and a WriteThrottle, if it has them (see seams.h).
#include <utility>

#include "base/background.h"
#include "lsm/lsm_store.h"

namespace strata::lsm {

// Runs the compactor when tables have changed, as long as it finds something to do.
void LsmStore::run_compactions(const std::stop_token& stop) {
  yield_to_foreground();  // not so for a flush: writers soon wait for it
  std::uint64_t seen = 0;
  for (;;) {
    {
      std::unique_lock lock(flush_mutex_);
      flush_changed_.wait(lock, stop, [&] { return tables_changed_ != seen || many_looks_; });
      if (stop.stop_requested()) return;
      seen = tables_changed_;
      many_looks_ = false;
    }
    bool more = true;
    while (more && !stop.stop_requested()) more = compact_once(stop);
    const std::lock_guard lock(flush_mutex_);
    compacted_ = seen;
    flush_changed_.notify_all();
  }
}

// Returns true if there was something to do. Keeps an error for callers of compact(), for writers
// that are stopped until a compaction is done, and for stats(). An exception is rethrown to the
// next thread that flushes.
bool LsmStore::compact_once(const std::stop_token& stop) {
  Result<bool> outcome = false;
  std::exception_ptr thrown;
  try {
    outcome = options_.compactor->step(*versions_, snapshots_.oldest(), stop);
  } catch (...) {
    thrown = std::current_exception();
  }
  const auto before = state_.get();  // as in install_flushed()
  const std::lock_guard lock(flush_mutex_);
  if (thrown) flush_thrown_ = thrown;
  flush_changed_.notify_all();  // threads that wait for a flush get the exception instead
  if (!outcome && !stop.stop_requested()) {
    compaction_error_ = last_compaction_error_ = outcome.error();
    ++compaction_failures_;
  }
  if (thrown || !outcome) return false;
  compaction_error_.reset();
  if (!*outcome) return false;
  publish_tables();
  return true;
}

// Runs on the leader, because with FlushMode::kInline there is no thread for it.
void LsmStore::compact_inline() {
  if (!options_.compactor || options_.flush != FlushMode::kInline) return;
  while (compact_once({})) {
  }
}

// Readers do not wait for the compactor. Nearly always they only compare two numbers here. A
// compaction that has failed is not tried again because of reads: on a full disk this would happen
// all the time.
void LsmStore::tell_compactor_of(const TableSet& read) const {
  if (!options_.compactor || options_.flush != FlushMode::kBackground) return;
  if (!read.many_more_looks()) return;
  const std::lock_guard lock(flush_mutex_);
  if (compaction_error_ || flush_thrown_) return;
  many_looks_ = true;
  flush_changed_.notify_all();
}

// Wakes the compactor. Returns the value that compacted_ reaches when the compactor is done.
// Requires: flush_mutex_ is held.
std::uint64_t LsmStore::wake_compactor() {
  flush_changed_.notify_all();
  return ++tables_changed_;
}

Result<void> LsmStore::compact(std::string_view first, std::optional<std::string_view> last) {
  if (!options_.compactor) return unsupported("this store never merges tables");
  if (!first.empty()) STRATA_TRY(check_key(first));
  if (last) STRATA_TRY(check_key(*last));
  if (last && *last < first) return invalid_argument("the first key is behind the last");
  STRATA_TRY(flush());
  const std::uint64_t failures = compaction_failures();
  options_.compactor->request(first, last);
  if (options_.flush == FlushMode::kInline) {
    STRATA_TRY(run_alone([this]() -> Result<void> {
      compact_inline();
      return {};
    }));
  }
  std::unique_lock lock(flush_mutex_);
  if (options_.flush == FlushMode::kBackground) {
    const std::uint64_t wanted = wake_compactor();
    flush_changed_.wait(lock, [&] { return compacted_ >= wanted || flush_thrown_ || stopping_; });
  }
  if (flush_thrown_) std::rethrow_exception(flush_thrown_);
  if (compaction_failures_ != failures) return *last_compaction_error_;
  return stopping_ ? unavailable("the store is closed") : Result<void>();
}

// Runs as the leader.
Result<void> LsmStore::hold_back() {
  const auto delay = delay_of_writers();
  if (delay.count() <= 0) return {};
  const auto start = options_.clock->steady();
  Result<void> outcome;
  if (delay == WriteThrottle::kStop)
    outcome = wait_for_compactor();
  else
    wait_for_tables(delay);
  const auto waited = options_.clock->steady() - start;
  held_back_micros_ += static_cast<std::uint64_t>(waited / std::chrono::microseconds(1));
  return outcome;
}

// Asks the throttle again. Runs when the tables have changed.
void LsmStore::set_delay_of_writers(const Version& version) {
  if (options_.throttle) delay_micros_ = options_.throttle->delay(version).count();
}

std::chrono::microseconds LsmStore::delay_of_writers() const {
  return std::chrono::microseconds(delay_micros_.load(std::memory_order_relaxed));
}

std::uint64_t LsmStore::compaction_failures() const {
  const std::lock_guard lock(flush_mutex_);
  return compaction_failures_;
}

void LsmStore::wait_for_tables(std::chrono::microseconds delay) {
  std::unique_lock lock(flush_mutex_);
  flush_changed_.wait_for(lock, delay, [&, seen = tables_changed_] {
    return tables_changed_ != seen || flush_thrown_ || stopping_;
  });
}

// Waits until the throttle lets writers go on. Threads that wait get an error of the compactor.
// After a full disk, which may pass, the next writer tries again. After other errors writers get
// the error at once, until the tables change or compact() is called. If the compactor finds nothing
// to do although the throttle has stopped writers, they go on.
Result<void> LsmStore::wait_for_compactor() {
  if (options_.flush == FlushMode::kInline || !options_.compactor) return {};
  do {
    std::unique_lock lock(flush_mutex_);
    const bool idle = compacted_ == tables_changed_;
    if (idle && compaction_error_ && compaction_error_->code != ErrorCode::kUnavailable)
      return *compaction_error_;
    const std::uint64_t wanted = wake_compactor();
    const std::uint64_t failures = compaction_failures_;
    flush_changed_.wait(lock, [&] {
      return compacted_ >= wanted || tables_changed_ != wanted || flush_thrown_ || stopping_;
    });
    if (flush_thrown_) std::rethrow_exception(flush_thrown_);
    if (compaction_error_ && compaction_failures_ != failures) return *compaction_error_;
    if (stopping_ || tables_changed_ == wanted) return {};
  } while (delay_of_writers() == WriteThrottle::kStop);
  return {};
}

Result<void> LsmStore::verify() {
  STRATA_TRY(check_open());
  return versions_->verify();
}

}  // namespace strata::lsm
