#include "lsm/lsm_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/background.h"
#include "env/descriptors.h"
#include "lsm/merging_iterator.h"
#include "lsm/version_cursor.h"
#include "wal/append_batches.h"

namespace strata::lsm {
namespace {

constexpr std::string_view kKind = "lsm";
constexpr std::uint32_t kVersion = 2;

std::size_t most_open_tables() {
  return std::clamp<std::size_t>(env::descriptor_limit() / 4, 16, std::size_t{1} << 16);
}

std::vector<Stat> with_error(std::vector<Stat> stats, std::string message) {
  stats.push_back({"last_background_error", std::move(message)});
  return stats;
}

}  // namespace

LsmObserver& LsmObserver::none() {
  static LsmObserver observer;
  return observer;
}

LsmStore::LsmStore(StoreDirectory directory, LsmOptions options)
    : directory_(std::move(directory)),
      fs_(directory_.files()),
      options_(std::move(options)),
      commits_([this](auto batches) { return commit_group(batches); }, options_.sync) {}

Result<std::unique_ptr<LsmStore>> LsmStore::open(env::FileSystem& fs, const env::Path& path,
                                                 LsmOptions options) {
  const StoreIdentity identity{std::string(kKind), kVersion, options.entropy->bits()};
  STRATA_TRY(auto directory, StoreDirectory::open(fs, path, identity));
  if (options.open_tables == 0) options.open_tables = most_open_tables();
  if (!options.reading.files)
    options.reading.files = std::make_shared<OpenFiles>(options.open_tables);
  const auto closed_at = [&](std::string_view log) {
    return wal::Position(end_of(log, directory.ends()));
  };
  options.log.closed_at = closed_at(wal::kLogDirectory);
  options.manifest.log.closed_at = closed_at(kManifestDirectory);
  std::unique_ptr<LsmStore> store(new LsmStore(std::move(directory), std::move(options)));
  STRATA_TRY(store->recover());
  if (store->options_.flush == FlushMode::kBackground)
    store->flusher_ = std::jthread([s = store.get()](const auto& stop) { s->run_flushes(stop); });
  if (store->options_.compactor && store->options_.flush == FlushMode::kBackground)
    store->compacter_ =
        std::jthread([s = store.get()](const auto& stop) { s->run_compactions(stop); });
  if (store->options_.sync == SyncMode::kInterval)
    store->syncer_ = std::jthread([s = store.get()](const auto& stop) {
      // The log keeps an error and returns it to the next writer.
      repeat_every(s->options_.sync_interval, stop,
                   [s] { static_cast<void>(s->sync().has_value()); });
    });
  return store;
}

LsmStore::~LsmStore() {
  // A caller that wants to know the result calls close() first. Without a state the store was never
  // opened, and there is nothing to write.
  if (state_.get() && !closed_) static_cast<void>(close().has_value());
}

// --- Opening -------------------------------------------------------------------------

Result<void> LsmStore::recover() {
  if (directory_.unfinished()) STRATA_TRY(make_files());
  STRATA_TRY(versions_, VersionSet::open(fs_, directory_.path(), directory_.identity().id,
                                         {options_.tables, options_.reading, options_.manifest,
                                          options_.entropy}));
  active_ = std::make_shared<Memtable>(options_.memtable_bytes);
  MemtableLoader memtable(*active_);
  STRATA_TRY(replay_log(memtable));
  memtable.finish();
  // Everything that is needed has been read. Only now may files be removed.
  STRATA_TRY(versions_->resume());
  STRATA_TRY(log_->drop_before(versions_->current()->version().log_start));
  note_log();
  set_delay_of_writers(versions_->current()->version());
  publish(std::make_shared<ReadState>(active_, nullptr, versions_->current()));
  options_.observer->recovered({versions_->current()->version(), *active_,
                                SequenceNumber(visible_.load()), log_->recovery()});
  return {};
}

Result<void> LsmStore::make_files() {
  const std::uint64_t id = directory_.identity().id;
  STRATA_TRY(VersionSet::create(fs_, directory_.path(), id));
  STRATA_TRY(const env::FileKind log, fs_.kind_of(log_directory()));
  if (log == env::FileKind::kMissing)
    STRATA_TRY(wal::Log::create(fs_, log_directory(), id, wal::Position()));
  return directory_.finish_creation();
}

// The log has no sequence numbers. They are counted from the last flush on, in the same order as
// when the operations were written.
Result<void> LsmStore::replay_log(MemtableLoader& memtable) {
  // TASK 2.8: open the log (wal::Log::open) at the version's log_start, and keep it in log_. Give
  // each operation of each record, in order, the next sequence number, and add it to `memtable`.
  // The first operation after log_start has the number version.sequence + 1. At the end, visible_
  // is the number of the last operation. Errors of the log or of an entry are returned.
  const Version& version = versions_->current()->version();
  SequenceNumber sequence = version.sequence;
  const wal::LogSpan span{.from = version.log_start, .at_least_to = version.log_start};
  STRATA_TRY(log_, wal::Log::open(fs_, log_directory(), directory_.identity().id, options_.log,
                                  span, [&](const wal::Record& record) -> Result<void> {
                                    wal::EntryReader entries(record.payload);
                                    for (;;) {
                                      STRATA_TRY(const auto entry, entries.next());
                                      if (!entry) return {};
                                      sequence = sequence + 1;
                                      memtable.add(sequence, entry->operation);
                                    }
                                  }));
  visible_ = sequence.value();
  return {};
  // END TASK 2.8
}

// --- Reading -------------------------------------------------------------------------

Result<void> LsmStore::check_open() const {
  if (closed_) return unavailable("the store is closed");
  return {};
}

// Takes the number first, then the state. A state that is newer than the number has all entries
// that the number may see, unless a compaction has dropped some of them in between.
Result<LsmStore::View> LsmStore::view(const std::shared_ptr<const Snapshot>& snapshot) const {
  STRATA_TRY(check_open());
  if (snapshot) {
    STRATA_TRY(const SequenceNumber sequence, snapshots_.sequence_of(*snapshot));
    auto state = state_.get();
    tell_compactor_of(*state->tables);
    return View{sequence, std::move(state)};
  }
  for (;;) {
    const SequenceNumber sequence(visible_.load(std::memory_order_acquire));
    auto state = state_.get();
    if (sequence < state->tables->readable_from()) continue;
    tell_compactor_of(*state->tables);
    return View{sequence, std::move(state)};
  }
}

Result<std::optional<std::string>> LsmStore::get(std::string_view key, const ReadOptions& options) {
  STRATA_TRY(check_key(key));
  STRATA_TRY(const auto seen, view(options.snapshot));
  const auto& [sequence, state] = seen;
  // TASK 2.8: search state->active, then state->full if it is not null, then state->tables (with
  // options.reach). The first place that has a version of the key for `sequence` decides, also if
  // that version is a deletion: then return nullopt and do not search further.
  for (const Memtable* memtable :
       {static_cast<const Memtable*>(state->active.get()), state->full.get()}) {
    const auto found = memtable ? memtable->get(key, sequence) : std::nullopt;
    if (found && found->kind == OperationKind::kDelete) return std::nullopt;
    if (found) return std::string(found->value);
  }
  STRATA_TRY(auto stored, state->tables->get(key, sequence, options.reach));
  if (!stored || stored->kind == OperationKind::kDelete) return std::nullopt;
  return std::move(stored->value);
  // END TASK 2.8
}

Result<std::unique_ptr<Cursor>> LsmStore::scan(const ScanOptions& options) {
  STRATA_TRY(const auto seen, view(options.snapshot));
  const auto& [sequence, state] = seen;
  std::vector<std::unique_ptr<EntryIterator>> sources;
  sources.push_back(Memtable::iterate(state->active));
  if (state->full) sources.push_back(Memtable::iterate(state->full));
  state->tables->iterate(sources);
  ask_for_thinning(*state->active);
  const std::uint64_t in_memory =
      state->active->entries() + (state->full ? state->full->entries() : 0);
  return visible_entries(merge(std::move(sources)), sequence, options,
                         [this, tables = state->tables, in_memory](std::uint64_t entries) {
                           skipped_.fetch_add(entries, std::memory_order_relaxed);
                           skipped_in_memory_.fetch_add(std::min(entries, in_memory),
                                                        std::memory_order_relaxed);
                           if (entries > in_memory) tables->count_skipped(entries - in_memory);
                         });
}

Result<std::shared_ptr<const Snapshot>> LsmStore::snapshot() {
  STRATA_TRY(check_open());
  return snapshots_.take();
}

Version LsmStore::version() const { return state_.get()->tables->version(); }

Result<std::vector<Stat>> LsmStore::stats() {
  STRATA_TRY(const auto cursor, scan({}));
  std::uint64_t keys = 0;
  for (;; ++keys) {
    STRATA_TRY(const auto entry, cursor->next());
    if (!entry) break;
  }
  std::vector<Stat> stats{{"num_keys", keys}};
  STRATA_TRY(auto others, quick_stats());
  std::ranges::move(others, std::back_inserter(stats));
  return stats;
}

Result<std::vector<Stat>> LsmStore::quick_stats() {
  const auto state = state_.get();
  const Version& version = state->tables->version();
  std::vector<Stat> stats{{"tables", version.table_count()},
                          {"table_bytes", version.table_bytes()},
                          {"memtable_entries", state->active->entries()},
                          {"memtable_bytes", state->active->memory()}};
  stats.push_back({"log_bytes", log_bytes_.load()});
  stats.push_back({"log_syncs", log_syncs_.load()});
  stats.push_back({"writes", writes_.load()});
  stats.push_back({"commit_groups", commits_.groups()});
  stats.push_back({"flushes", flushes_.load()});
  stats.push_back({"flushed_bytes", flushed_bytes_.load()});
  stats.push_back({"scan_skipped", skipped_.load()});
  stats.push_back({"sync_mode", std::string(name_of(options_.sync))});
  stats.push_back({"index_and_filter_bytes", state->tables->memory()});
  const auto add = [&](std::vector<Stat> more) {
    std::ranges::move(more, std::back_inserter(stats));
  };
  if (options_.reading.cache) add(options_.reading.cache->stats());
  if (options_.compactor) add(options_.compactor->stats(version));
  if (options_.throttle) {
    stats.push_back({"held_back_micros", held_back_micros_.load()});
    add(options_.throttle->stats(version));
  }
  const std::lock_guard lock(flush_mutex_);
  for (const auto* error : {&flush_error_, &compaction_error_, &drop_error_})
    if (*error) return with_error(std::move(stats), (*error)->message);
  if (flush_thrown_) return with_error(std::move(stats), "an exception; open it again");
  return stats;
}

// --- Writing -------------------------------------------------------------------------

Result<void> LsmStore::write(const WriteBatch& batch) {
  STRATA_TRY(check_open());
  STRATA_TRY(check_batch(batch));
  if (batch.empty()) return {};
  STRATA_TRY(commits_.submit(batch));
  writes_.fetch_add(1, std::memory_order_relaxed);
  return {};
}

Result<void> LsmStore::check_whole() const {
  if (half_done_) return io_error("an earlier write was cut short; open the store again");
  return {};
}

Result<void> LsmStore::commit_group(std::span<const WriteBatch* const> batches) {
  STRATA_TRY(check_open());  // the store may have been closed while they waited
  STRATA_TRY(check_whole());
  drop_flushed_log();
  STRATA_TRY(hold_back());
  STRATA_TRY(make_room());
  half_done_ = true;
  auto outcome = log_and_apply(batches);
  half_done_ = false;
  note_log();
  return outcome;
}

// For stats(), which must not wait for writers: the throttle may have stopped them.
void LsmStore::note_log() {
  log_bytes_ = log_->end() - log_->begin();
  log_syncs_ = log_->syncs();
}

Result<void> LsmStore::log_and_apply(std::span<const WriteBatch* const> batches) {
  STRATA_TRY(wal::append_batches(*log_, batches, options_.clock->wall(), payload_));
  if (options_.sync == SyncMode::kAlways)
    STRATA_TRY(log_->sync());
  else
    STRATA_TRY(log_->flush());
  const SequenceNumber before(visible_.load(std::memory_order_relaxed));
  apply_all(batches);
  options_.observer->applied(before + 1, batches, *active_);
  return {};
}

void LsmStore::apply_all(std::span<const WriteBatch* const> batches) {
  // TASK 2.8: give each operation of each batch, in order, the next sequence number after visible_,
  // and add it to active_. Then make all of them visible at once: store visible_ once, at the end,
  // with memory_order_release. A reader that sees the new number must find all entries in the
  // memtable.
  SequenceNumber sequence(visible_.load(std::memory_order_relaxed));
  for (const WriteBatch* batch : batches) {
    for (const Operation operation : *batch) {
      sequence = sequence + 1;
      active_->add(sequence, operation);
    }
  }
  visible_.store(sequence.value(), std::memory_order_release);
  // END TASK 2.8
}

Result<void> LsmStore::sync() {
  STRATA_TRY(check_open());
  return run_alone([this] { return log_->sync(); });
}

// --- Closing -------------------------------------------------------------------------

Result<void> LsmStore::close() {
  const std::lock_guard one_at_a_time(close_mutex_);
  {
    const std::lock_guard lock(flush_mutex_);
    stopping_ = true;
    flush_changed_.notify_all();
  }
  for (std::jthread* thread : {&syncer_, &flusher_, &compacter_}) {
    thread->request_stop();
    if (thread->joinable()) thread->join();
  }
  remove_dropped_log();
  // Close between two commits. Later calls find the store closed. Everything in memory is in the
  // log too.
  return commits_.run_alone([this]() -> Result<void> {
    if (closed_) return {};
    closed_ = true;
    auto closed = close_logs();
    directory_.unlock();
    return closed;
  });
}

// STORE tells the next opening how far both logs reach. If the disk is too full for that, the old
// record stays; it says less, and it is still true.
Result<void> LsmStore::close_logs() {
  auto closed = log_->close();
  auto versions_closed = versions_->close();
  if (!closed) return closed;
  if (!versions_closed) return versions_closed;
  auto recorded = directory_.record_ends(
      {{std::string(wal::kLogDirectory), log_->durable_end().value()},
       {std::string(kManifestDirectory), versions_->manifest_end().value()}});
  if (!recorded && recorded.error().code == ErrorCode::kUnavailable) return {};
  return recorded;
}

Result<void> LsmStore::run_alone(const std::function<Result<void>()>& action) {
  return commits_.run_alone([&]() -> Result<void> {
    STRATA_TRY(check_open());
    auto outcome = action();
    note_log();
    return outcome;
  });
}

}  // namespace strata::lsm
