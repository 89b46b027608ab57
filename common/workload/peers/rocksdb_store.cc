#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/version.h>
#include <rocksdb/write_batch.h>

#include <algorithm>

#include "workload/peers/peers.h"
#include "workload/peers/shared.h"

namespace strata::workload {
namespace {

constexpr std::string_view kName = "rocksdb";

using PeerCursor = IteratorCursor<rocksdb::Iterator, rocksdb::Slice>;
using PeerSnapshot = HeldSnapshot<rocksdb::DB, rocksdb::Snapshot>;

constexpr std::pair<std::string_view, rocksdb::CompressionType> kCompressions[] = {
    {"none", rocksdb::kNoCompression},   {"snappy", rocksdb::kSnappyCompression},
    {"lz4", rocksdb::kLZ4Compression},   {"zstd", rocksdb::kZSTD},
    {"zlib", rocksdb::kZlibCompression},
};

class RocksdbStore final : public Store {
 public:
  static Result<std::unique_ptr<Store>> open(const TargetOptions& options);

  RocksdbStore(bool sync, std::unique_ptr<rocksdb::DB> database)
      : sync_(sync), database_(std::move(database)) {}
  // A destructor cannot report an error.
  ~RocksdbStore() override { static_cast<void>(close()); }

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
  Result<rocksdb::ReadOptions> read_options(const std::shared_ptr<const Snapshot>& snapshot) const;

  const bool sync_;  // a write waits for the disk
  std::unique_ptr<rocksdb::DB> database_;
};

rocksdb::Options options_from(const Tuning& tuning) {
  rocksdb::Options options;
  options.create_if_missing = true;
  if (tuning.write_buffer) options.write_buffer_size = *tuning.write_buffer;
  rocksdb::BlockBasedTableOptions blocks;
  if (tuning.cache) blocks.block_cache = rocksdb::NewLRUCache(*tuning.cache);
  if (tuning.filter_bits.value_or(0) > 0)
    blocks.filter_policy.reset(rocksdb::NewBloomFilterPolicy(*tuning.filter_bits));
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));
  for (const auto& [word, type] : kCompressions)
    if (tuning.compression == word) options.compression = type;
  return options;
}

Result<std::unique_ptr<Store>> RocksdbStore::open(const TargetOptions& options) {
  rocksdb::DB* opened = nullptr;
  const auto status =
      rocksdb::DB::Open(options_from(options.tuning), options.directory.string(), &opened);
  std::unique_ptr<rocksdb::DB> database(opened);
  if (!status.ok()) return error_of(kName, status);
  return std::make_unique<RocksdbStore>(options.sync == SyncMode::kAlways, std::move(database));
}

Result<rocksdb::ReadOptions> RocksdbStore::read_options(
    const std::shared_ptr<const Snapshot>& snapshot) const {
  STRATA_TRY(check_open());
  rocksdb::ReadOptions options;
  if (!snapshot) return options;
  options.snapshot = PeerSnapshot::in(*snapshot, *database_);
  if (!options.snapshot) return invalid_argument("the snapshot belongs to another store");
  return options;
}

Result<std::optional<std::string>> RocksdbStore::get(std::string_view key,
                                                     const ReadOptions& options) {
  STRATA_TRY(check_key(key));
  STRATA_TRY(auto peer_options, read_options(options.snapshot));
  if (options.reach == Reach::kMemory) peer_options.read_tier = rocksdb::kBlockCacheTier;
  std::string value;
  const auto status = database_->Get(peer_options, slice_of<rocksdb::Slice>(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (status.IsIncomplete()) return unavailable("not in memory");
  if (!status.ok()) return error_of(kName, status);
  return value;
}

Result<void> RocksdbStore::write(const WriteBatch& batch) {
  STRATA_TRY(check_batch(batch));
  STRATA_TRY(check_open());
  rocksdb::WriteBatch updates;
  for (const Operation operation : batch) {
    const auto key = slice_of<rocksdb::Slice>(operation.key);
    if (operation.kind == OperationKind::kPut)
      updates.Put(key, slice_of<rocksdb::Slice>(operation.value));
    else
      updates.Delete(key);
  }
  rocksdb::WriteOptions options;
  options.sync = sync_;
  const auto status = database_->Write(options, &updates);
  if (!status.ok()) return error_of(kName, status);
  return {};
}

Result<std::unique_ptr<Cursor>> RocksdbStore::scan(const ScanOptions& options) {
  STRATA_TRY(const auto peer_options, read_options(options.snapshot));
  std::unique_ptr<rocksdb::Iterator> iterator(database_->NewIterator(peer_options));
  return std::make_unique<PeerCursor>(kName, std::move(iterator), options);
}

Result<std::shared_ptr<const Snapshot>> RocksdbStore::snapshot() {
  STRATA_TRY(check_open());
  return std::make_shared<const PeerSnapshot>(*database_);
}

Result<std::vector<Stat>> RocksdbStore::stats() {
  STRATA_TRY(check_open());
  std::uint64_t keys = 0;
  if (!database_->GetIntProperty(rocksdb::DB::Properties::kEstimateNumKeys, &keys))
    return io_error("rocksdb: no estimate of the number of keys");
  return std::vector<Stat>{{"num_keys", keys}};
}

Result<void> RocksdbStore::close() {
  if (!database_) return {};
  const auto synced = database_->FlushWAL(true);
  const auto closed = database_->Close();
  database_.reset();
  if (!synced.ok()) return error_of(kName, synced);
  if (!closed.ok()) return error_of(kName, closed);
  return {};
}

std::vector<std::string> compressions() {
  std::vector<std::string> words;
  const auto supported = rocksdb::GetSupportedCompressions();
  for (const auto& [word, type] : kCompressions)
    if (std::ranges::count(supported, type) > 0) words.emplace_back(word);
  return words;
}

}  // namespace

Target rocksdb_target() {
  return {
      .name = std::string(kName),
      .summary = fmt::format("Meta's descendant of LevelDB, {}.{}", ROCKSDB_MAJOR, ROCKSDB_MINOR),
      .open = RocksdbStore::open,
      .takes_tuning = true,
      .compressions = compressions(),
      .cheap_stats = false,
      .log_suffix = ".log"};
}

}  // namespace strata::workload
