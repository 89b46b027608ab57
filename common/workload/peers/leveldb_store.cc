#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>

#include "workload/peers/peers.h"
#include "workload/peers/shared.h"

namespace strata::workload {
namespace {

struct Leveldb {
  static constexpr std::string_view kName = "leveldb";
  using Database = leveldb::DB;
  using Iterator = leveldb::Iterator;
  using Slice = leveldb::Slice;
  using Snapshot = leveldb::Snapshot;
  using ReadOptions = leveldb::ReadOptions;
  using WriteOptions = leveldb::WriteOptions;
  using WriteBatch = leveldb::WriteBatch;
};

// What the database uses but does not own. It must outlive the database, so it is a base class that
// comes first.
struct Parts {
  std::unique_ptr<leveldb::Cache> cache;
  std::unique_ptr<const leveldb::FilterPolicy> filter;
};

class LeveldbStore final : private Parts, public PeerStore<Leveldb> {
 public:
  static Result<std::unique_ptr<Store>> open(const TargetOptions& options);

  LeveldbStore(Parts parts, bool sync, std::unique_ptr<leveldb::DB> database)
      : Parts(std::move(parts)), PeerStore(sync, std::move(database)) {}
  // A destructor cannot report an error.
  ~LeveldbStore() override { static_cast<void>(close()); }

  Result<std::optional<std::string>> get(std::string_view key, const ReadOptions& options) override;
  Result<std::vector<Stat>> stats() override { return std::vector<Stat>(); }
  Result<void> close() override;
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
  if (!status.ok()) return error_of(Leveldb::kName, status);
  return std::make_unique<LeveldbStore>(std::move(parts), options.sync == SyncMode::kAlways,
                                        std::move(database));
}

Result<std::optional<std::string>> LeveldbStore::get(std::string_view key,
                                                     const ReadOptions& options) {
  STRATA_TRY(check_key(key));
  STRATA_TRY(const auto peer_options, read_options(options.snapshot));
  if (options.reach == Reach::kMemory) return unavailable("not known to be in memory");
  std::string value;
  const auto status = database().Get(peer_options, slice_of<leveldb::Slice>(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return error_of(Leveldb::kName, status);
  return value;
}

Result<void> LeveldbStore::close() {
  if (!check_open()) return {};
  leveldb::WriteBatch nothing;  // synced, it makes everything before it durable
  auto synced = write_to_peer(nothing, true);
  drop_database();
  return synced;
}

}  // namespace

Target leveldb_target() {
  return {.name = std::string(Leveldb::kName),
          .summary = fmt::format("Google's log-structured store, {}.{}", leveldb::kMajorVersion,
                                 leveldb::kMinorVersion),
          .open = LeveldbStore::open,
          .takes_tuning = true,
          .compressions = {"none", "snappy"},
          .log_suffix = ".log"};
}

}  // namespace strata::workload
