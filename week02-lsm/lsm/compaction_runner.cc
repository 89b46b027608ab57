#include "lsm/compaction_runner.h"

#include <utility>

#include "base/assert.h"

namespace strata::lsm {

CompactionRunner::CompactionRunner(VersionSet& versions, ReadPath& readers, Parts parts)
    : versions_(versions), readers_(readers), parts_(std::move(parts)) {}

void CompactionRunner::start(env::Workers& workers) {
  {
    const std::lock_guard lock(mutex_);
    set_delay();
  }
  const bool needed = parts_.compactor || parts_.throttle;
  env::Workers& those = needed ? workers : env::inline_workers();  // no thread for nothing
  worker_ = those.start([this](const std::stop_token& stop) { return step(stop); },
                        env::Worker::kWhenWoken, env::Priority::kLow);
  worker_->wake();  // only now may a step use worker_
}

void CompactionRunner::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (worker_) worker_->stop();
}

// --- Steps ---------------------------------------------------------------------------

std::chrono::nanoseconds CompactionRunner::step(const std::stop_token& stop) {
  const auto asked = begin_step();
  if (!asked) return env::Worker::kWhenWoken;
  bool more = false;
  std::exception_ptr thrown;
  try {
    more = compact_once(stop);
  } catch (...) {
    thrown = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  turn_.runs = false;
  if (thrown) {
    thrown_ = thrown;
    delay_micros_ = WriteThrottle::kStop.count();  // so every later writer gets it
  }
  // A step that was stopped has not done what it was asked for.
  if (!more && !stop.stop_requested()) looked_ = *asked;
  changed_.notify_all();
  return more ? env::Worker::kAtOnce : env::Worker::kWhenWoken;
}

// Returns up to where the step will have looked; nullopt if there is nothing to look at.
std::optional<std::uint64_t> CompactionRunner::begin_step() {
  const std::lock_guard lock(mutex_);
  if (turn_.paused) return std::nullopt;  // it is woken afterwards
  const bool for_readers = std::exchange(look_for_readers_, false);
  if (thrown_ || (looked_ == changes_ && !for_readers)) return std::nullopt;
  turn_.runs = true;
  return changes_;
}

// Returns true if there was something to do. Keeps an error for those who wait, and for stats().
bool CompactionRunner::compact_once(const std::stop_token& stop) {
  if (!parts_.compactor) return false;
  auto outcome = parts_.compactor->step(versions_, readers_.oldest(), stop);
  if (outcome && *outcome) tables_changed();
  const std::lock_guard lock(mutex_);
  if (!outcome && stop.stop_requested()) return false;
  failures_.now = !outcome;
  if (outcome) return *outcome;
  failures_.last = std::move(outcome).error();
  ++failures_.count;
  return false;
}

Result<void> CompactionRunner::while_paused(const std::function<Result<void>()>& action) {
  struct Pause {
    explicit Pause(CompactionRunner& of) : runner(of) {
      std::unique_lock lock(runner.mutex_);
      runner.turn_.paused = true;  // first, so that a compactor with much to do begins no next step
      runner.worker_->wait(lock, runner.changed_, [this] { return !runner.turn_.runs; });
    }
    ~Pause() {
      const std::lock_guard lock(runner.mutex_);
      runner.turn_.paused = false;
      runner.worker_->wake();
    }
    CompactionRunner& runner;
  } const pause(*this);
  return action();
}

void CompactionRunner::tables_changed() {
  readers_.use_tables(versions_);
  const std::lock_guard lock(mutex_);
  set_delay();
  ask();
}

// Requires: mutex_ is held. Asks the throttle again.
void CompactionRunner::set_delay() {
  if (parts_.throttle && !thrown_)
    delay_micros_ = parts_.throttle->delay(versions_.current()->version()).count();
}

// Requires: mutex_ is held. Returns the value that looked_ reaches when this has been done.
std::uint64_t CompactionRunner::ask() {
  changed_.notify_all();
  worker_->wake();
  return ++changes_;
}

void CompactionRunner::look_for_readers() {
  const std::lock_guard lock(mutex_);
  if (failures_.now || thrown_) return;
  look_for_readers_ = true;
  worker_->wake();
}

// --- Waiting -------------------------------------------------------------------------

Result<void> CompactionRunner::compact(std::string_view first,
                                       std::optional<std::string_view> last) {
  if (!parts_.compactor) return unsupported("this store never merges tables");
  std::unique_lock lock(mutex_);
  const std::uint64_t failures = failures_.count;
  parts_.compactor->request(first, last);  // a step that fails from now on may have been for it
  const std::uint64_t wanted = ask();
  worker_->wait(lock, changed_, [&] { return looked_ >= wanted || thrown_ || stopping_; });
  if (thrown_) std::rethrow_exception(thrown_);
  if (failures_.count != failures) return *failures_.last;
  return looked_ >= wanted ? Result<void>() : unavailable("the store is closed");
}

Result<void> CompactionRunner::hold_back() {
  const std::chrono::microseconds delay(delay_micros_.load(std::memory_order_relaxed));
  if (delay.count() <= 0) return {};
  const auto start = parts_.clock.steady();
  const auto outcome =
      delay == WriteThrottle::kStop ? wait_for_compactor() : wait_for_tables(delay);
  const auto waited = parts_.clock.steady() - start;
  held_back_micros_ += static_cast<std::uint64_t>(waited / std::chrono::microseconds(1));
  return outcome;
}

Result<void> CompactionRunner::wait_for_tables(std::chrono::microseconds delay) {
  std::unique_lock lock(mutex_);
  const auto changed = [this, seen = changes_] { return changes_ != seen || thrown_ || stopping_; };
  worker_->wait(lock, changed_, changed, delay);
  return {};
}

// Waits until the throttle lets writers go on. Those who wait get an error of the compactor. After
// a full disk, which may pass, the next writer tries again. After other errors writers get the
// error at once, until the tables change or compact() is called. If the compactor finds nothing to
// do although the throttle has stopped writers, they go on.
Result<void> CompactionRunner::wait_for_compactor() {
  if (!parts_.compactor) return {};
  const auto stopped = [this] { return delay_micros_ == WriteThrottle::kStop.count(); };
  std::unique_lock lock(mutex_);
  while (stopped()) {
    if (thrown_) std::rethrow_exception(thrown_);
    const bool idle = looked_ == changes_;
    if (idle && failures_.now && failures_.last->code != ErrorCode::kUnavailable)
      return *failures_.last;
    const std::uint64_t failures = failures_.count;
    const std::uint64_t wanted = ask();
    worker_->wait(lock, changed_,
                  [&] { return looked_ >= wanted || changes_ != wanted || thrown_ || stopping_; });
    if (thrown_) std::rethrow_exception(thrown_);
    if (failures_.now && failures_.count != failures) return *failures_.last;
    if (stopping_ || changes_ == wanted) return {};
  }
  return {};
}

// --- Reports -------------------------------------------------------------------------

std::optional<Error> CompactionRunner::error() const {
  const std::lock_guard lock(mutex_);
  if (thrown_) return io_error("an exception; open it again");
  return failures_.now ? failures_.last : std::nullopt;
}

std::vector<Stat> CompactionRunner::stats(const Version& version) const {
  std::vector<Stat> stats;
  if (parts_.compactor) stats = parts_.compactor->stats(version);
  if (!parts_.throttle) return stats;
  stats.push_back({"held_back_micros", held_back_micros_.load()});
  std::ranges::move(parts_.throttle->stats(version), std::back_inserter(stats));
  return stats;
}

void CompactionRunner::check_invariants() const {
  const std::lock_guard lock(mutex_);
  STRATA_ASSERT(looked_ <= changes_);
  STRATA_ASSERT(failures_.count == 0 || failures_.last);
  STRATA_ASSERT(!failures_.now || failures_.count > 0);
}

}  // namespace strata::lsm
