#include "wal/logged_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "base/assert.h"
#include "base/thrown.h"
#include "wal/append_batches.h"
#include "wal/replay.h"

namespace strata::wal {
namespace {

constexpr std::string_view kKind = "logged";
constexpr std::uint32_t kVersion = 2;
constexpr std::uint64_t kProgressStep = std::uint64_t{32} << 20;  // bytes replayed
constexpr std::size_t kSnapshotStep = std::size_t{64} << 10;      // bytes copied at a time

Result<std::optional<Position>> newest_snapshot(env::FileSystem& fs, const env::Path& directory) {
  std::optional<Position> newest;
  STRATA_TRY(const auto names, fs.list(directory));
  for (const std::string& name : names)
    if (const auto position = parse_snapshot_name(name)) newest = std::max(newest, position);
  return newest;
}

Result<std::uint64_t> bytes_of_log(env::FileSystem& fs, const env::Path& directory) {
  std::uint64_t total = 0;
  STRATA_TRY(const auto bases, list_segments(fs, directory));
  for (const Position base : bases) {
    STRATA_TRY(const auto file, fs.open_for_read(directory / segment_name(base)));
    STRATA_TRY(const std::uint64_t size, file->size());
    total += size;
  }
  return total;
}

// A step of a worker must not throw when memory runs out.
template <class Action>
Result<void> in_background(const Action& action) try {
  return action();
} catch (const std::bad_alloc& thrown) {
  return error_of_read(thrown);
}

}  // namespace

LoggedStore::LoggedStore(StoreDirectory directory, LoggedStoreOptions options)
    : directory_(std::move(directory)),
      options_(std::move(options)),
      commits_([this](auto batches) { return commit_group(batches); }, options_.sync,
               *options_.clock) {}

Result<std::unique_ptr<LoggedStore>> LoggedStore::open(env::FileSystem& fs, const env::Path& path,
                                                       LoggedStoreOptions options) {
  const StoreIdentity identity{std::string(kKind), kVersion, options.entropy->bits()};
  STRATA_TRY(auto directory, StoreDirectory::open(fs, path, identity));
  options.log.closed_at = Position(end_of(kLogDirectory, directory.ends()));
  std::unique_ptr<LoggedStore> store(new LoggedStore(std::move(directory), std::move(options)));
  STRATA_TRY(store->recover());
  store->start_background();
  return store;
}

LoggedStore::~LoggedStore() {
  // A caller that wants to know the result calls close() first.
  if (log_ && !closed_) static_cast<void>(close().has_value());
}

env::Path LoggedStore::log_directory() const { return directory_.path() / kLogDirectory; }

// --- Opening -------------------------------------------------------------------------

Result<void> LoggedStore::recover() {
  STRATA_TRY(const LogSpan span, load_newest_snapshot());
  if (directory_.unfinished()) STRATA_TRY(make_log());
  STRATA_TRY(replay_log(span));
  checkpoint_due_ = span.from + options_.checkpoint_min_log_bytes;
  return remove_leftovers(span.from);
}

Result<void> LoggedStore::make_log() {
  STRATA_TRY(const env::FileKind kind, files().kind_of(log_directory()));
  if (kind == env::FileKind::kMissing)
    STRATA_TRY(Log::create(files(), log_directory(), directory_.identity().id, Position()));
  return directory_.finish_creation();
}

Result<LogSpan> LoggedStore::load_newest_snapshot() {
  STRATA_TRY(const auto newest, newest_snapshot(files(), directory_.path()));
  if (!newest) return LogSpan{};
  STRATA_TRY(auto reader, SnapshotReader::open(files(), directory_.path() / snapshot_name(*newest),
                                               directory_.identity().id));
  Replay replay(map_);
  for (;;) {
    STRATA_TRY(const auto payload, reader.next());
    if (!payload) break;
    STRATA_TRY(replay.add(*payload));
  }
  replay.finish();
  return LogSpan{*newest, reader.footer().log_end};
}

Result<void> LoggedStore::replay_log(const LogSpan& span) {
  STRATA_TRY(const std::uint64_t total, bytes_of_log(files(), log_directory()));
  std::uint64_t next_report = kProgressStep;
  Replay replay(map_);
  STRATA_TRY(log_, Log::open(files(), log_directory(), directory_.identity().id, options_.log, span,
                             [&](const Record& record) -> Result<void> {
                               const std::uint64_t done = record.end - span.from;
                               if (options_.on_recovery_progress && done >= next_report) {
                                 options_.on_recovery_progress({done, total});
                                 next_report = done + kProgressStep;
                               }
                               return replay.add(record.payload);
                             }));
  replay.finish();
  return {};
}

// Removes what an interrupted checkpoint left: temporary files, snapshots before `keep`, and
// segments before `keep`. Runs only after everything that is needed has been read.
Result<void> LoggedStore::remove_leftovers(Position keep) {
  STRATA_TRY(const auto names, files().list(directory_.path()));
  for (const std::string& name : names) {
    const auto snapshot = parse_snapshot_name(name);
    if ((snapshot && *snapshot < keep) || name.ends_with(env::kTemporarySuffix)) {
      const env::Path path = directory_.path() / name;
      STRATA_TRY(const env::FileKind kind, files().kind_of(path));
      if (kind == env::FileKind::kFile) STRATA_TRY(files().remove(path));
    }
  }
  return log_->drop_before(keep);
}

// --- Reading -------------------------------------------------------------------------

Result<void> LoggedStore::check_open() const {
  if (closed_) return unavailable("the store is closed");
  return {};
}

Result<std::optional<std::string>> LoggedStore::get(std::string_view key,
                                                    const ReadOptions& options) {
  STRATA_TRY(check_open());
  return map_.get(key, options);
}

Result<std::unique_ptr<Cursor>> LoggedStore::scan(const ScanOptions& options) {
  STRATA_TRY(check_open());
  return map_.scan(options);
}

Result<std::shared_ptr<const Snapshot>> LoggedStore::snapshot() {
  STRATA_TRY(check_open());
  return map_.snapshot();
}

Result<std::uint64_t> LoggedStore::count_keys() {
  STRATA_TRY(check_open());
  return map_.count_keys();
}

Result<std::vector<Stat>> LoggedStore::stats() {
  STRATA_TRY(check_open());
  STRATA_TRY(auto stats, map_.stats());
  STRATA_TRY(run_alone([&]() -> Result<void> {
    stats.push_back({"log_bytes", log_->end() - log_->begin()});
    stats.push_back({"log_segments", std::uint64_t{log_->segment_count()}});
    stats.push_back({"log_syncs", log_->syncs()});
    return {};
  }));
  stats.push_back({"writes", writes_.load()});
  stats.push_back({"commit_groups", commits_.groups()});
  stats.push_back({"checkpoints", checkpoints_.load()});
  stats.push_back({"store_id", fmt::format("{:016x}", directory_.identity().own_id())});
  stats.push_back({"sync_mode", std::string(name_of(options_.sync))});
  const std::lock_guard lock(background_.mutex);
  if (background_.error) stats.push_back({"last_background_error", background_.error->message});
  return stats;
}

// --- Writing -------------------------------------------------------------------------

Result<void> LoggedStore::write(const WriteBatch& batch) {
  STRATA_TRY(check_open());
  STRATA_TRY(check_batch(batch));
  if (batch.empty()) return {};
  STRATA_TRY(commits_.submit(batch));
  wrote();
  return {};
}

Result<void> LoggedStore::write_if(std::span<const Condition> conditions, const WriteBatch& batch) {
  STRATA_TRY(check_open());
  STRATA_TRY(check_batch(batch));
  const WriteBatch* const one = &batch;
  STRATA_TRY(run_alone([&]() -> Result<void> {
    for (const Condition& condition : conditions) {
      STRATA_TRY(const auto found, map_.get(condition.key));
      STRATA_TRY(check_condition(condition, found));
    }
    if (batch.empty()) return {};
    return commit_group({&one, 1});
  }));
  wrote();
  return {};
}

void LoggedStore::wrote() {
  writes_.fetch_add(1, std::memory_order_relaxed);
  for (env::Worker* worker : {syncer_.get(), checkpointer_.get()})
    if (worker) worker->help();
}

Result<void> LoggedStore::commit_group(std::span<const WriteBatch* const> batches) {
  STRATA_TRY(check_open());  // the store may have been closed while they waited
  if (half_done_) return io_error("a replacement was cut short; open the store again");
  // TASK 1.6: append the batches to the log (append_batches). Then, in the mode kAlways, wait until
  // the records are durable; in the other modes, only flush the log. Only after this has succeeded
  // may readers see the batches: map_.apply().
  STRATA_TRY(append_batches(*log_, batches, options_.clock->wall()));
  if (options_.sync == SyncMode::kAlways)
    STRATA_TRY(log_->sync());
  else
    STRATA_TRY(log_->flush());
  map_.apply(batches);
  // END TASK 1.6
  note_log_growth();
  return {};
}

Result<void> LoggedStore::sync() {
  STRATA_TRY(check_open());
  return run_alone([this] { return log_->sync(); });
}

// --- Checkpoints ---------------------------------------------------------------------

Result<void> LoggedStore::checkpoint() {
  STRATA_TRY(check_open());
  const std::lock_guard lock(checkpoint_mutex_);
  // TASK 1.7: three steps. Their order matters; an error in one of them ends the checkpoint.
  //   1. Inside run_alone(): rotate the log, so that a new segment begins. The log's end is now the
  //      snapshot's position: everything that was logged before it is in the map.
  //   2. Outside of run_alone(), while others write: write_snapshot(position). When it returns ok,
  //      the snapshot is durable.
  //   3. Inside run_alone(): remove_leftovers(position). It removes older snapshots, and drops the
  //      log before the position.
  Position position;
  STRATA_TRY(run_alone([&]() -> Result<void> {
    STRATA_TRY(log_->rotate());
    position = log_->end();
    return {};
  }));
  STRATA_TRY(write_snapshot(position));
  STRATA_TRY(run_alone([&] { return remove_leftovers(position); }));
  // END TASK 1.7
  checkpoints_.fetch_add(1, std::memory_order_relaxed);
  return {};
}

Result<void> LoggedStore::write_snapshot(Position position) {
  STRATA_TRY(const auto writer, copy(map_, position));
  // Copied entries may be newer than `position`. The log with these changes must be durable.
  Position log_end;
  STRATA_TRY(run_alone([&]() -> Result<void> {
    STRATA_TRY(log_->sync());
    log_end = log_->end();
    return {};
  }));
  STRATA_TRY(writer->finish(log_end));
  options_.log.observer->snapshot_written(position);
  return {};
}

Result<std::unique_ptr<SnapshotWriter>> LoggedStore::copy(const MemoryStore& map,
                                                          Position position) {
  options_.log.observer->snapshot_started(position);
  const SnapshotHeader header{directory_.identity().id, position, options_.clock->wall()};
  STRATA_TRY(auto writer, SnapshotWriter::create(files(), directory_.path(), header));
  WriteBatch batch;
  for (std::optional<std::string> from = ""; from;) {
    batch.clear();
    from = map.copy_some(*from, kSnapshotStep, batch);
    if (!batch.empty()) STRATA_TRY(writer->add(batch));
  }
  return writer;
}

// A checkpoint of other entries, during which nobody writes. The log behind its position is empty.
// An older snapshot at the same position is replaced in one step, by the rename.
Result<void> LoggedStore::replace(Cursor& entries) {
  STRATA_TRY(check_open());
  MemoryStore fresh;
  STRATA_TRY(fresh.fill(entries));
  const std::lock_guard lock(checkpoint_mutex_);
  return run_alone([&]() -> Result<void> {
    STRATA_TRY(log_->rotate());
    const Position position = log_->end();
    STRATA_TRY(const auto writer, copy(fresh, position));
    half_done_ = true;  // until it is certain whether the snapshot has its name
    const auto finished = writer->finish(position);
    half_done_ =
        !finished && (writer->is_named() || finished.error().code != ErrorCode::kUnavailable);
    STRATA_TRY(finished);
    map_.take_rows_of(std::move(fresh));
    options_.log.observer->snapshot_written(position);
    remember(remove_leftovers(position));  // the next opening tries again
    return {};
  });
}

// Runs on the leader of a commit.
void LoggedStore::note_log_growth() {
  if (!checkpointer_) return;
  const std::uint64_t log_bytes = log_->end() - log_->begin();
  if (log_->end() < checkpoint_due_ || log_bytes < options_.checkpoint_ratio * map_.live_bytes())
    return;
  // Even if this checkpoint fails, the next one comes only after the same amount of log.
  checkpoint_due_ = log_->end() + options_.checkpoint_min_log_bytes;
  checkpointer_->wake();
}

// A failed checkpoint loses no write, because the log is still complete. stats() shows the error.
void LoggedStore::remember(const Result<void>& outcome) {
  const std::lock_guard lock(background_.mutex);
  if (outcome)
    background_.error.reset();
  else
    background_.error = outcome.error();
}

// Two workers, because a checkpoint may take long, and the syncs must not wait for it.
void LoggedStore::start_background() {
  if (options_.sync == SyncMode::kInterval) {
    const auto sync_now = [this](const std::stop_token&) -> std::chrono::nanoseconds {
      // A sync that succeeds does not clear the error of a checkpoint.
      if (auto synced = in_background([this] { return sync(); }); !synced) remember(synced);
      return options_.sync_interval;
    };
    syncer_ = options_.workers->start(sync_now, options_.sync_interval);
  }
  if (options_.auto_checkpoint) {
    const auto checkpoint_now = [this](const std::stop_token&) {
      remember(in_background([this] { return checkpoint(); }));
      return env::Worker::kWhenWoken;
    };
    checkpointer_ = options_.workers->start(checkpoint_now, env::Worker::kWhenWoken);
  }
}

// --- Closing -------------------------------------------------------------------------

Result<void> LoggedStore::close() {
  const std::lock_guard one_at_a_time(close_mutex_);
  for (env::Worker* worker : {syncer_.get(), checkpointer_.get()})
    if (worker) worker->stop();
  // Wait for a running checkpoint, and close between two commits. Later calls find the store
  // closed.
  const std::lock_guard lock(checkpoint_mutex_);
  return commits_.run_alone([this]() -> Result<void> {
    if (closed_) return {};
    closed_ = true;
    auto closed = close_log();
    directory_.unlock();
    return closed;
  });
}

// STORE tells the next opening how far the log reaches. If the disk is too full for that, the old
// record stays; it says less, and it is still true.
Result<void> LoggedStore::close_log() {
  STRATA_TRY(log_->close());
  auto recorded =
      directory_.record_ends({{std::string(kLogDirectory), log_->durable_end().value()}});
  if (!recorded && recorded.error().code == ErrorCode::kUnavailable) return {};
  return recorded;
}

void LoggedStore::check_invariants() {
  map_.check_invariants();
  const auto of_log = [this]() -> Result<void> {
    log_->check_invariants();
    return {};
  };
  STRATA_ASSERT(commits_.run_alone(of_log).has_value());
}

Result<void> LoggedStore::run_alone(const std::function<Result<void>()>& action) {
  return commits_.run_alone([&]() -> Result<void> {
    STRATA_TRY(check_open());
    return action();
  });
}

}  // namespace strata::wal
