#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>

#include "workload/peers/peers.h"
#include "workload/peers/shared.h"

namespace strata::workload {
namespace {

constexpr std::string_view kName = "leveldb";

using PeerCursor = IteratorCursor<leveldb::Iterator, leveldb::Slice>;
using PeerSnapshot = HeldSnapshot<leveldb::DB, leveldb::Snapshot>;

// What the database uses but does not own.
struct Parts {
  std::unique_ptr<leveldb::Cache> cache;
  std::unique_ptr<const leveldb::FilterPolicy> filter;
};

class LeveldbStore final : public Store {
 public:
  static Result<std::unique_ptr<Store>> open(const TargetOptions& options);

  LeveldbStore(Parts parts, bool sync, std::unique_ptr<leveldb::DB> database)
      : parts_(std::move(parts)), sync_(sync), database_(std::move(database)) {}
  // A destructor cannot report an error.
  ~LeveldbStore() override { static_cast<void>(close()); }

  Result<std::optional<std::string>> get(std::string_view key, const ReadOptions& options) override;
  Result<void> write(const WriteBatch& batch) override;
  Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) override;
  Result<std::shared_ptr<const Snapshot>> snapshot() override;
  Result<std::vector<Stat>> stats() override;
  Capabilities capabilities() const override { return {.durable = true, .snapshots = true}; }
  Result<void> close() override;

 private:
  Result<void> check_open() const {
    if (database_) return {};
    return unavailable("the store is closed");
  }
  Result<leveldb::ReadOptions> read_options(const std::shared_ptr<const Snapshot>& snapshot) const;

  const Parts parts_;  // before the database, which must be destroyed first
  const bool sync_;    // a write waits for the disk
  std::unique_ptr<leveldb::DB> database_;
};

leveldb::Options options_from(const Tuning& tuning, Parts& parts) {
  leveldb::Options options;
  options.create_if_missing = true;
  if (tuning.write_buffer) options.write_buffer_size = *tuning.write_buffer;
  if (tuning.cache) parts.cache.reset(leveldb::NewLRUCache(*tuning.cache));
  if (tuning.filter_bits.value_or(0) > 0)
    parts.filter.reset(leveldb::NewBloomFilterPolicy(*tuning.filter_bits));
  options.block_cache = parts.cache.get();
  options.filter_policy = parts.filter.get();
  if (tuning.compression == "none") options.compression = leveldb::kNoCompression;
  if (tuning.compression == "snappy") options.compression = leveldb::kSnappyCompression;
  return options;
}

Result<std::unique_ptr<Store>> LeveldbStore::open(const TargetOptions& options) {
  Parts parts;
  const auto peer_options = options_from(options.tuning, parts);
  leveldb::DB* opened = nullptr;
  const auto status = leveldb::DB::Open(peer_options, options.directory.string(), &opened);
  std::unique_ptr<leveldb::DB> database(opened);
  if (!status.ok()) return error_of(kName, status);
  return std::make_unique<LeveldbStore>(std::move(parts), options.sync == SyncMode::kAlways,
                                        std::move(database));
}

Result<leveldb::ReadOptions> LeveldbStore::read_options(
    const std::shared_ptr<const Snapshot>& snapshot) const {
  STRATA_TRY(check_open());
  leveldb::ReadOptions options;
  if (!snapshot) return options;
  options.snapshot = PeerSnapshot::in(*snapshot, *database_);
  if (!options.snapshot) return invalid_argument("the snapshot belongs to another store");
  return options;
}

Result<std::optional<std::string>> LeveldbStore::get(std::string_view key,
                                                     const ReadOptions& options) {
  STRATA_TRY(check_key(key));
  STRATA_TRY(const auto peer_options, read_options(options.snapshot));
  if (options.reach == Reach::kMemory) return unavailable("not known to be in memory");
  std::string value;
  const auto status = database_->Get(peer_options, slice_of<leveldb::Slice>(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return error_of(kName, status);
  return value;
}

Result<void> LeveldbStore::write(const WriteBatch& batch) {
  STRATA_TRY(check_batch(batch));
  STRATA_TRY(check_open());
  leveldb::WriteBatch updates;
  for (const Operation operation : batch) {
    const auto key = slice_of<leveldb::Slice>(operation.key);
    if (operation.kind == OperationKind::kPut)
      updates.Put(key, slice_of<leveldb::Slice>(operation.value));
    else
      updates.Delete(key);
  }
  leveldb::WriteOptions options;
  options.sync = sync_;
  const auto status = database_->Write(options, &updates);
  if (!status.ok()) return error_of(kName, status);
  return {};
}

Result<std::unique_ptr<Cursor>> LeveldbStore::scan(const ScanOptions& options) {
  STRATA_TRY(const auto peer_options, read_options(options.snapshot));
  std::unique_ptr<leveldb::Iterator> iterator(database_->NewIterator(peer_options));
  return std::make_unique<PeerCursor>(kName, std::move(iterator), options);
}

Result<std::shared_ptr<const Snapshot>> LeveldbStore::snapshot() {
  STRATA_TRY(check_open());
  return std::make_shared<const PeerSnapshot>(*database_);
}

Result<std::vector<Stat>> LeveldbStore::stats() {
  STRATA_TRY(const auto cursor, scan({}));
  std::uint64_t keys = 0;
  for (;; ++keys) {
    STRATA_TRY(const auto entry, cursor->next());
    if (!entry) return std::vector<Stat>{{"num_keys", keys}};
  }
}

Result<void> LeveldbStore::close() {
  if (!database_) return {};
  leveldb::WriteOptions options;
  options.sync = true;  // a synced empty batch makes everything before it durable
  leveldb::WriteBatch nothing;
  const auto status = database_->Write(options, &nothing);
  database_.reset();
  if (!status.ok()) return error_of(kName, status);
  return {};
}

}  // namespace

Target leveldb_target() {
  return {.name = std::string(kName),
          .summary = fmt::format("Google's log-structured store, {}.{}", leveldb::kMajorVersion,
                                 leveldb::kMinorVersion),
          .open = LeveldbStore::open,
          .takes_tuning = true,
          .compressions = {"none", "snappy"},
          .cheap_stats = false,
          .log_suffix = ".log"};
}

}  // namespace strata::workload
