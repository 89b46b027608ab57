#include "lsm/lsm_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "env/descriptors.h"
#include "wal/entry.h"

namespace strata::lsm {
namespace {

constexpr std::string_view kKind = "lsm";
constexpr std::uint32_t kVersion = 2;

std::size_t most_open_tables() {
  return std::clamp<std::size_t>(env::descriptor_limit() / 4, 16, std::size_t{1} << 16);
}

}  // namespace

LsmObserver& LsmObserver::none() {
  static LsmObserver observer;
  return observer;
}

LsmStore::LsmStore(StoreDirectory directory, LsmOptions options)
    : directory_(std::move(directory)),
      options_(std::move(options)),
      commits_([this](auto batches) { return commit_group(batches); }, options_.sync,
               *options_.clock) {}

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
  store->start_background();
  return store;
}

LsmStore::~LsmStore() {
  // A caller that wants to know the result calls close() first. If the store was never opened,
  // there is nothing to write.
  if (flusher_ && !closed_) static_cast<void>(close().has_value());
}

// --- Opening -------------------------------------------------------------------------

Result<void> LsmStore::recover() {
  if (directory_.unfinished()) STRATA_TRY(make_files());
  STRATA_TRY(versions_, VersionSet::open(files(), directory(), directory_.identity().id,
                                         {options_.tables, options_.reading, options_.manifest,
                                          options_.entropy}));
  auto active = std::make_shared<Memtable>(options_.memtable_bytes);
  MemtableLoader memtable(*active);
  SequenceNumber last;
  STRATA_TRY(auto log, replay_log(memtable, last));
  memtable.finish();
  // Everything that is needed has been read. Only now may files be removed.
  STRATA_TRY(versions_->resume());
  const auto tables = versions_->current();
  STRATA_TRY(log->drop_before(tables->version().log_start));
  log_ = std::make_unique<StoreLog>(files(), log_directory(), std::move(log));
  readers_.open(active, tables, last);
  options_.observer->recovered({tables->version(), *active, last, log_->recovery()});
  return {};
}

Result<void> LsmStore::make_files() {
  const std::uint64_t id = directory_.identity().id;
  STRATA_TRY(VersionSet::create(files(), directory(), id));
  STRATA_TRY(const env::FileKind log, files().kind_of(log_directory()));
  if (log == env::FileKind::kMissing)
    STRATA_TRY(wal::Log::create(files(), log_directory(), id, wal::Position()));
  return directory_.finish_creation();
}

// The log has no sequence numbers. They are counted from the last flush on, in the same order as
// when the operations were written.
Result<std::unique_ptr<wal::Log>> LsmStore::replay_log(MemtableLoader& memtable,
                                                       SequenceNumber& last) {
  // TASK 2.8: open the log (wal::Log::open) at the version's log_start, and return it. Give each
  // operation of each record, in order, the next sequence number, and add it to `memtable`. The
  // first operation after log_start has the number version.sequence + 1. At the end, `last` is the
  // number of the last operation. Errors of the log or of an entry are returned.
  const Version& version = versions_->current()->version();
  last = version.sequence;
  const wal::LogSpan span{.from = version.log_start, .at_least_to = version.log_start};
  return wal::Log::open(files(), log_directory(), directory_.identity().id, options_.log, span,
                        [&](const wal::Record& record) -> Result<void> {
                          wal::EntryReader entries(record.payload);
                          for (;;) {
                            STRATA_TRY(const auto entry, entries.next());
                            if (!entry) return {};
                            last = last + 1;
                            memtable.add(last, entry->operation);
                          }
                        });
  // END TASK 2.8
}

void LsmStore::start_background() {
  compactions_.emplace(
      *versions_, readers_,
      CompactionRunner::Parts{options_.compactor, options_.throttle, *options_.clock});
  flusher_.emplace(
      Flusher::Parts{*versions_, readers_, *compactions_, options_.compactor, *options_.observer});
  compactions_->start(*options_.workers);
  flusher_->start(*options_.workers, [this] {
    if (thin_wanted_.exchange(false)) set_aside_for_scans();
    log_->remove_dropped();
  });
  if (options_.sync != SyncMode::kInterval) return;
  const auto sync_now = [this](const std::stop_token&) -> std::chrono::nanoseconds {
    try {
      static_cast<void>(sync().has_value());  // the log returns its error to the next writer
    } catch (const std::bad_alloc&) {         // the next sync makes it good
    }
    return options_.sync_interval;
  };
  syncer_ = options_.workers->start(sync_now, options_.sync_interval);
}

// --- Reading -------------------------------------------------------------------------

Result<void> LsmStore::check_open() const {
  if (closed_) return unavailable("the store is closed");
  return {};
}

// Readers do not wait for the background work that they cause. Nearly always they only compare two
// numbers here.
Result<ReadPath::View> LsmStore::view(const std::shared_ptr<const Snapshot>& snapshot) {
  STRATA_TRY(check_open());
  STRATA_TRY(auto view, readers_.view(snapshot));
  if (view.state->tables->many_more_looks()) compactions_->look_for_readers();
  return view;
}

Result<std::optional<std::string>> LsmStore::get(std::string_view key, const ReadOptions& options) {
  STRATA_TRY(check_key(key));
  STRATA_TRY(const auto view, this->view(options.snapshot));
  return ReadPath::get(view, key, options.reach);
}

Result<std::unique_ptr<Cursor>> LsmStore::scan(const ScanOptions& options) {
  STRATA_TRY(const auto view, this->view(options.snapshot));
  if (worth_thinning(*view.state->active) && !thin_wanted_.exchange(true)) flusher_->wake();
  return readers_.scan(view, options);
}

Result<std::shared_ptr<const Snapshot>> LsmStore::snapshot() {
  STRATA_TRY(check_open());
  return readers_.snapshot();
}

Version LsmStore::version() const { return readers_.state()->tables->version(); }

Result<std::vector<Stat>> LsmStore::stats() {
  STRATA_TRY(check_open());
  const auto state = readers_.state();
  const Version& version = state->tables->version();
  std::vector<Stat> stats{{"tables", version.table_count()},
                          {"table_bytes", version.table_bytes()},
                          {"memtable_entries", state->active->entries()},
                          {"memtable_bytes", state->active->memory()}};
  stats.push_back({"log_bytes", log_->bytes()});
  stats.push_back({"log_syncs", log_->syncs()});
  stats.push_back({"writes", writes_.load()});
  stats.push_back({"commit_groups", commits_.groups()});
  stats.push_back({"flushes", flusher_->flushes()});
  stats.push_back({"flushed_bytes", flusher_->bytes()});
  stats.push_back({"scan_skipped", readers_.skipped()});
  stats.push_back({"store_id", fmt::format("{:016x}", directory_.identity().own_id())});
  stats.push_back({"sync_mode", std::string(name_of(options_.sync))});
  stats.push_back({"index_and_filter_bytes", state->tables->memory()});
  if (options_.reading.cache)
    std::ranges::move(options_.reading.cache->stats(), std::back_inserter(stats));
  std::ranges::move(compactions_->stats(version), std::back_inserter(stats));
  for (const auto& error : {flusher_->error(), compactions_->error(), log_->drop_error()})
    if (error) {
      stats.push_back({"last_background_error", error->message});
      break;
    }
  return stats;
}

// --- Writing -------------------------------------------------------------------------

Result<void> LsmStore::write(const WriteBatch& batch) {
  STRATA_TRY(check_open());
  STRATA_TRY(check_batch(batch));
  if (batch.empty()) return {};
  STRATA_TRY(commits_.submit(batch));
  wrote();
  return {};
}

Result<void> LsmStore::write_if(std::span<const Condition> conditions, const WriteBatch& batch) {
  STRATA_TRY(check_batch(batch));
  const WriteBatch* const one = &batch;
  STRATA_TRY(run_alone([&]() -> Result<void> {
    for (const Condition& condition : conditions) {
      STRATA_TRY(const auto found, get(condition.key));
      STRATA_TRY(check_condition(condition, found));
    }
    if (batch.empty()) return {};
    return commit_group({&one, 1});
  }));
  wrote();
  return {};
}

void LsmStore::wrote() {
  writes_.fetch_add(1, std::memory_order_relaxed);
  if (syncer_) syncer_->help();
}

Result<void> LsmStore::check_whole() const {
  if (half_done_) return io_error("an earlier write was cut short; open the store again");
  return {};
}

Result<void> LsmStore::commit_group(std::span<const WriteBatch* const> batches) {
  STRATA_TRY(check_open());  // the store may have been closed while they waited
  STRATA_TRY(check_whole());
  drop_flushed_log();
  STRATA_TRY(compactions_->hold_back());
  STRATA_TRY(make_room());
  half_done_ = true;
  auto outcome = log_and_apply(batches);
  half_done_ = false;
  return outcome;
}

Result<void> LsmStore::log_and_apply(std::span<const WriteBatch* const> batches) {
  STRATA_TRY(log_->append(batches, options_.clock->wall(), options_.sync));
  const auto active = readers_.state()->active;
  const SequenceNumber before = readers_.visible();
  apply_all(batches, *active);
  options_.observer->applied(before + 1, batches, *active);
  return {};
}

void LsmStore::apply_all(std::span<const WriteBatch* const> batches, Memtable& active) {
  // TASK 2.8: give each operation of each batch, in order, the next sequence number after
  // readers_.visible(), and add it to `active`. Then make all of them visible at once: call
  // readers_.show() once, at the end. A reader that sees the new number must find all entries in
  // the memtable.
  SequenceNumber sequence = readers_.visible();
  for (const WriteBatch* batch : batches) {
    for (const Operation operation : *batch) {
      sequence = sequence + 1;
      active.add(sequence, operation);
    }
  }
  readers_.show(sequence);
  // END TASK 2.8
}

// Runs on the leader. If the memtable is full, sets it aside. Without threads, flushes it too, and
// merges.
Result<void> LsmStore::make_room() {
  {
    const auto state = readers_.state();
    const Memtable& active = *state->active;
    if (active.empty()) return {};
    if (active.memory() < options_.memtable_bytes && !worth_thinning(active)) return {};
  }
  STRATA_TRY(set_memtable_aside());
  STRATA_TRY(flusher_->help());
  compactions_->help();
  return {};
}

// Only a compactor knows what a flush can leave out.
bool LsmStore::worth_thinning(const Memtable& active) const {
  return options_.compactor && readers_.worth_thinning(active);
}

// Runs on the leader. Waits while the previous memtable is still being flushed, because at most two
// are held in memory.
Result<void> LsmStore::set_memtable_aside() {
  STRATA_TRY(flusher_->finish());
  STRATA_TRY(const wal::Position log_start, log_->rotate());
  const auto active = readers_.state()->active;
  FullMemtable full{active, log_start, readers_.visible(), worth_thinning(*active)};
  readers_.set_aside(std::make_shared<Memtable>(options_.memtable_bytes), log_start);
  options_.observer->set_aside(*active, full.sequence, log_start);
  flusher_->hand_over(std::move(full));
  return {};
}

// Runs on the flusher's worker. If a writer is at work, that one finds out in make_room(). If this
// fails, the memtable stays as it is, and the next writer meets the error too.
void LsmStore::set_aside_for_scans() {
  const auto set_aside = [this]() -> Result<void> {
    if (!flusher_->idle()) return {};  // it would have to wait for itself
    STRATA_TRY(check_open());
    STRATA_TRY(check_whole());
    if (!worth_thinning(*readers_.state()->active)) return {};
    return set_memtable_aside();
  };
  try {
    static_cast<void>(commits_.try_run_alone(set_aside));
  } catch (const std::bad_alloc&) {
    return;
  }
}

// Runs on the leader, because only a leader may use the log. The flusher must not wait to become
// leader, because a leader may be waiting for the flusher. The flusher removes the files, so that
// no writer has to wait for that.
void LsmStore::drop_flushed_log() {
  if (!log_->drop_before(readers_.state()->tables->version().log_start)) return;
  flusher_->wake();
  static_cast<void>(flusher_->help().has_value());  // an error of a flush: see make_room()
}

Result<void> LsmStore::sync() {
  STRATA_TRY(check_open());
  return run_alone([this] { return log_->sync(); });
}

Result<void> LsmStore::flush() {
  STRATA_TRY(check_open());
  return run_alone([this]() -> Result<void> {
    STRATA_TRY(check_whole());
    if (!readers_.state()->active->empty()) STRATA_TRY(set_memtable_aside());
    STRATA_TRY(flusher_->finish());
    drop_flushed_log();
    compactions_->help();
    return {};
  });
}

Result<void> LsmStore::compact(std::string_view first, std::optional<std::string_view> last) {
  if (!first.empty()) STRATA_TRY(check_key(first));
  if (last) STRATA_TRY(check_key(*last));
  if (last && *last < first) return invalid_argument("the first key is behind the last");
  STRATA_TRY(flush());
  return compactions_->compact(first, last);
}

Result<void> LsmStore::while_still(const std::function<Result<void>(const Still&)>& action) {
  return run_alone([&]() -> Result<void> {
    STRATA_TRY(check_whole());
    STRATA_TRY(const wal::Log* log, log_->rotated());
    const auto tables = readers_.state()->tables;
    return action({*tables, *log, directory_.identity(), options_.entropy->nonzero_bits()});
  });
}

Result<void> LsmStore::verify() {
  STRATA_TRY(check_open());
  return versions_->verify();
}

// --- Closing -------------------------------------------------------------------------

Result<void> LsmStore::close() {
  const std::lock_guard one_at_a_time(close_mutex_);
  // In this order: a leader may wait for a compaction, and a sync for that leader.
  compactions_->stop();
  flusher_->stop();
  if (syncer_) syncer_->stop();
  log_->remove_dropped();
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
    return action();
  });
}

void LsmStore::check_invariants() {
  readers_.check_invariants();
  versions_->check_invariants();
  const auto of_log = [this]() -> Result<void> {
    log_->check_invariants();
    return {};
  };
  STRATA_ASSERT(commits_.run_alone(of_log).has_value());
  flusher_->check_invariants();
  compactions_->check_invariants();
}

}  // namespace strata::lsm
