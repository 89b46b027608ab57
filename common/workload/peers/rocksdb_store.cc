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

struct Rocksdb {
  static constexpr std::string_view kName = "rocksdb";
  using Database = rocksdb::DB;
  using Iterator = rocksdb::Iterator;
  using Slice = rocksdb::Slice;
  using Snapshot = rocksdb::Snapshot;
  using ReadOptions = rocksdb::ReadOptions;
  using WriteOptions = rocksdb::WriteOptions;
  using WriteBatch = rocksdb::WriteBatch;
};

constexpr std::pair<std::string_view, rocksdb::CompressionType> kCompressions[] = {
    {"none", rocksdb::kNoCompression},   {"snappy", rocksdb::kSnappyCompression},
    {"lz4", rocksdb::kLZ4Compression},   {"zstd", rocksdb::kZSTD},
    {"zlib", rocksdb::kZlibCompression},
};

class RocksdbStore final : public PeerStore<Rocksdb> {
 public:
  static Result<std::unique_ptr<Store>> open(const TargetOptions& options);

  using PeerStore::PeerStore;
  // A destructor cannot report an error.
  ~RocksdbStore() override { static_cast<void>(close()); }

  Result<std::optional<std::string>> get(std::string_view key, const ReadOptions& options) override;
  Result<std::vector<Stat>> stats() override { return std::vector<Stat>(); }
  Result<void> close() override;
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
  if (!status.ok()) return error_of(Rocksdb::kName, status);
  return std::make_unique<RocksdbStore>(options.sync == SyncMode::kAlways, std::move(database));
}

Result<std::optional<std::string>> RocksdbStore::get(std::string_view key,
                                                     const ReadOptions& options) {
  STRATA_TRY(check_key(key));
  STRATA_TRY(auto peer_options, read_options(options.snapshot));
  if (options.reach == Reach::kMemory) peer_options.read_tier = rocksdb::kBlockCacheTier;
  std::string value;
  const auto status = database().Get(peer_options, slice_of<rocksdb::Slice>(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (status.IsIncomplete()) return unavailable("not in memory");
  if (!status.ok()) return error_of(Rocksdb::kName, status);
  return value;
}

Result<void> RocksdbStore::close() {
  if (!check_open()) return {};
  const auto synced = database().FlushWAL(true);
  const auto closed = database().Close();
  drop_database();
  if (!synced.ok()) return error_of(Rocksdb::kName, synced);
  if (!closed.ok()) return error_of(Rocksdb::kName, closed);
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
      .name = std::string(Rocksdb::kName),
      .summary = fmt::format("Meta's descendant of LevelDB, {}.{}", ROCKSDB_MAJOR, ROCKSDB_MINOR),
      .open = RocksdbStore::open,
      .takes_tuning = true,
      .compressions = compressions(),
      .log_suffix = ".log"};
}

}  // namespace strata::workload
