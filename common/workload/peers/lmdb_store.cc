#include "workload/peers/lmdb_store.h"

#include <fmt/format.h>

#include <cerrno>

#include "workload/peers/peers.h"

namespace strata::workload {
namespace {

// This reserves addresses only; the file grows when it is filled.
constexpr std::size_t kMapSize = std::size_t{64} << 30;
constexpr unsigned kMostReaders = 2048;

Error error_of(int code) {
  Error error = io_error(fmt::format("lmdb: {}", mdb_strerror(code)));
  switch (code) {
    case MDB_MAP_FULL:
    case MDB_READERS_FULL:
    case ENOSPC:
      error.code = ErrorCode::kUnavailable;
      break;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
      error.code = ErrorCode::kCorruption;
      break;
    case MDB_VERSION_MISMATCH:
    case MDB_INCOMPATIBLE:
      error.code = ErrorCode::kUnsupported;
      break;
    case MDB_BAD_VALSIZE:
    case EINVAL:
      error.code = ErrorCode::kInvalidArgument;
      break;
    default:
      break;
  }
  return error;
}

Result<void> checked(int code) {
  if (code != MDB_SUCCESS) return error_of(code);
  return {};
}

// LMDB's view of bytes is not const, but it does not write to them.
MDB_val value_of(std::string_view text) { return {text.size(), const_cast<char*>(text.data())}; }
std::string_view view_of(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

Result<Transaction> begin(MDB_env* environment, unsigned flags) {
  MDB_txn* transaction = nullptr;
  STRATA_TRY(checked(mdb_txn_begin(environment, nullptr, flags, &transaction)));
  return Transaction(transaction);
}

struct CloseCursor {
  void operator()(MDB_cursor* cursor) const { mdb_cursor_close(cursor); }
};

class LmdbCursor final : public Cursor {
 public:
  LmdbCursor(LmdbStore& store, Transaction transaction, MDB_cursor* cursor, ScanOptions options)
      : Cursor(options.reverse),
        store_(store),
        transaction_(std::move(transaction)),
        cursor_(cursor),
        options_(std::move(options)) {}
  ~LmdbCursor() override {
    cursor_.reset();
    store_.end_read(std::move(transaction_));
  }

  Result<std::optional<Entry>> next() override {
    if (ended_ || returned_ == options_.limit) return end();
    const int code = returned_ == 0 ? start() : step(options_.reverse ? MDB_PREV : MDB_NEXT);
    if (code != MDB_SUCCESS && code != MDB_NOTFOUND) error_ = error_of(code);
    if (code != MDB_SUCCESS || !options_.range.contains(view_of(key_))) return end();
    ++returned_;
    return Entry{view_of(key_), view_of(value_)};
  }

 private:
  int step(MDB_cursor_op operation) {
    return mdb_cursor_get(cursor_.get(), &key_, &value_, operation);
  }
  int seek(std::string_view to) {
    key_ = value_of(to);
    return step(MDB_SET_RANGE);
  }
  int start() {
    const auto& [from, to] = options_.range;
    if (!options_.reverse) return from.empty() ? step(MDB_FIRST) : seek(from);
    if (!to) return step(MDB_LAST);
    if (to->empty()) return MDB_NOTFOUND;
    const int code = seek(*to);
    if (code == MDB_NOTFOUND) return step(MDB_LAST);
    return code == MDB_SUCCESS ? step(MDB_PREV) : code;  // `to` is not in the range
  }
  Result<std::optional<Entry>> end() {
    ended_ = true;
    if (error_) return *error_;
    return std::nullopt;
  }

  LmdbStore& store_;
  Transaction transaction_;
  std::unique_ptr<MDB_cursor, CloseCursor> cursor_;
  const ScanOptions options_;
  MDB_val key_{};
  MDB_val value_{};
  std::uint64_t returned_ = 0;
  bool ended_ = false;
  std::optional<Error> error_;
};

}  // namespace

Result<std::unique_ptr<Store>> LmdbStore::open(const TargetOptions& options) {
  MDB_env* created = nullptr;
  STRATA_TRY(checked(mdb_env_create(&created)));
  Environment environment(created);
  STRATA_TRY(checked(mdb_env_set_mapsize(created, kMapSize)));
  STRATA_TRY(checked(mdb_env_set_maxreaders(created, kMostReaders)));
  // MDB_NOTLS: a transaction belongs to its holder, not to the thread that began it.
  const unsigned flags = MDB_NOTLS | (options.sync == SyncMode::kAlways ? 0U : MDB_NOSYNC);
  STRATA_TRY(checked(mdb_env_open(created, options.directory.c_str(), flags, 0644)));
  STRATA_TRY(auto transaction, begin(created, 0));
  MDB_dbi table = 0;
  STRATA_TRY(checked(mdb_dbi_open(transaction.get(), nullptr, 0, &table)));
  STRATA_TRY(checked(mdb_txn_commit(transaction.release())));
  return std::make_unique<LmdbStore>(std::move(environment), table);
}

LmdbStore::~LmdbStore() { static_cast<void>(close()); }  // a destructor cannot report an error

Result<void> LmdbStore::check_open() const {
  if (environment_) return {};
  return unavailable("the store is closed");
}

Result<Transaction> LmdbStore::begin_read() {
  STRATA_TRY(check_open());
  Transaction idle;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      idle = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (!idle) return begin(environment_.get(), MDB_RDONLY);
  STRATA_TRY(checked(mdb_txn_renew(idle.get())));
  return idle;
}

void LmdbStore::end_read(Transaction transaction) {
  mdb_txn_reset(transaction.get());
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(transaction));
}

Result<std::optional<std::string>> LmdbStore::get(std::string_view key,
                                                  const ReadOptions& options) {
  STRATA_TRY(check_key(key));
  if (options.snapshot) return invalid_argument("the snapshot belongs to another store");
  if (options.reach == Reach::kMemory) return unavailable("not known to be in memory");
  STRATA_TRY(auto transaction, begin_read());
  MDB_val wanted = value_of(key);
  MDB_val found{};
  const int code = mdb_get(transaction.get(), table_, &wanted, &found);
  std::optional<std::string> value;
  if (code == MDB_SUCCESS) value.emplace(view_of(found));
  end_read(std::move(transaction));
  if (code != MDB_SUCCESS && code != MDB_NOTFOUND) return error_of(code);
  return value;
}

Result<void> LmdbStore::apply(MDB_txn* transaction, const Operation& operation) const {
  MDB_val key = value_of(operation.key);
  MDB_val value = value_of(operation.value);
  if (operation.kind == OperationKind::kPut)
    return checked(mdb_put(transaction, table_, &key, &value, 0));
  const int code = mdb_del(transaction, table_, &key, nullptr);
  return checked(code == MDB_NOTFOUND ? MDB_SUCCESS : code);
}

Result<void> LmdbStore::write(const WriteBatch& batch) {
  STRATA_TRY(check_batch(batch));
  STRATA_TRY(check_open());
  const auto most = static_cast<std::size_t>(mdb_env_get_maxkeysize(environment_.get()));
  for (const Operation operation : batch)
    if (operation.key.size() > most)
      return invalid_argument(
          fmt::format("lmdb: the key has {} bytes; {} are allowed", operation.key.size(), most));
  STRATA_TRY(auto transaction, begin(environment_.get(), 0));
  for (const Operation operation : batch) STRATA_TRY(apply(transaction.get(), operation));
  return checked(mdb_txn_commit(transaction.release()));
}

Result<std::unique_ptr<Cursor>> LmdbStore::scan(const ScanOptions& options) {
  if (options.snapshot) return invalid_argument("the snapshot belongs to another store");
  STRATA_TRY(auto transaction, begin_read());
  MDB_cursor* cursor = nullptr;
  STRATA_TRY(checked(mdb_cursor_open(transaction.get(), table_, &cursor)));
  return std::make_unique<LmdbCursor>(*this, std::move(transaction), cursor, options);
}

Result<std::shared_ptr<const Snapshot>> LmdbStore::snapshot() {
  return unsupported("lmdb: snapshots are not offered; see lmdb_store.h");
}

Result<std::uint64_t> LmdbStore::count_keys() {
  STRATA_TRY(auto transaction, begin_read());
  MDB_stat stat{};
  const int code = mdb_stat(transaction.get(), table_, &stat);
  end_read(std::move(transaction));
  STRATA_TRY(checked(code));
  return std::uint64_t{stat.ms_entries};
}

Result<void> LmdbStore::close() {
  if (!environment_) return {};
  const int code = mdb_env_sync(environment_.get(), 1);
  idle_.clear();  // no other call is running
  environment_.reset();
  return checked(code);
}

Target lmdb_target() {
  return {.name = "lmdb",
          .summary = fmt::format("a memory-mapped B+tree, {}.{}.{}", MDB_VERSION_MAJOR,
                                 MDB_VERSION_MINOR, MDB_VERSION_PATCH),
          .open = LmdbStore::open,
          .keeps_log = false};
}

}  // namespace strata::workload
