#include "compaction/backup.h"

#include <fmt/format.h>

#include <optional>

#include "compaction/checkpoint.h"
#include "compaction/directory_tree.h"
#include "compaction/engine.h"

namespace strata::compaction {
namespace {

// Options that can read stores written with any options, and that change no table.
lsm::LsmOptions read_only_options() {
  EngineOptions options;
  options.policy = PolicyKind::kNever;
  options.cache_bytes = 0;
  return engine(options);
}

Error in_use(const env::Path& directory) {
  return conflict(
      fmt::format("{} is in use by another process; end it, or, if it is the shell of week 3, type "
                  "CHECKPOINT DIR in it, then ./strata backup N DEST --from DIR",
                  directory.string()));
}

Result<StoreLock> lock_source(env::FileSystem& fs, const env::Path& directory) {
  auto lock = lock_store(fs, directory, env::LockKind::kShared);
  if (!lock && lock.error().code == ErrorCode::kConflict) return in_use(directory);
  return lock;
}

// Temporary directories have fixed names. This lock makes sure that one process at a time uses one.
Result<std::unique_ptr<env::FileLock>> lock_backups(env::FileSystem& fs,
                                                    const env::Path& directory) {
  auto lock = fs.lock(directory / kBackupLock);
  if (!lock && lock.error().code == ErrorCode::kConflict)
    return conflict(
        fmt::format("another copy is being made by way of {}; wait for it", directory.string()));
  return lock;
}

// Makes the empty directory `copy`; first removes the remains of an unfinished copy there. Nobody
// else uses the directory while the caller holds the lock that is returned.
Result<std::unique_ptr<env::FileLock>> begin_copy(env::FileSystem& fs, const env::Path& copy) {
  STRATA_TRY(const env::FileKind there, fs.kind_of(copy));
  if (there == env::FileKind::kDirectory) {
    STRATA_TRY(const auto left_over, lock_backups(fs, copy));
    STRATA_TRY(remove_copy(fs, copy));
  }
  STRATA_TRY(make_directories(fs, copy.parent_path()));
  STRATA_TRY(fs.make_directory(copy));
  auto lock = lock_backups(fs, copy);
  if (!lock && lock.error().code == ErrorCode::kNotFound)  // another process took it for remains
    return conflict(fmt::format("another copy is being made by way of {}", copy.string()));
  return lock;
}

// Whether a copy may get the name `to`: it must not exist, or be an empty directory.
Result<void> check_place(env::FileSystem& fs, const env::Path& to) {
  STRATA_TRY(const env::FileKind kind, fs.kind_of(to));
  if (kind == env::FileKind::kMissing) return {};
  const auto names =
      kind == env::FileKind::kDirectory ? fs.list(to) : Result<std::vector<std::string>>({to});
  if (!names) return names.error();
  if (names->empty()) return {};
  return invalid_argument(fmt::format("{} is there already, and not empty", to.string()));
}

Result<void> check_apart(env::FileSystem& fs, const env::Path& to, const env::Path& from) {
  STRATA_TRY(const bool inside, lies_within(fs, to, from));
  if (!inside) return {};
  return invalid_argument(fmt::format("{} lies within {}", to.string(), from.string()));
}

Result<Verified> verify_copy(env::FileSystem& fs, const env::Path& copy) {
  STRATA_TRY(const auto store, lsm::LsmStore::open(fs, copy, read_only_options()));
  STRATA_TRY(const Verified found, verify(*store));
  STRATA_TRY(store->close());
  STRATA_TRY(fs.remove(copy / kLockName));
  STRATA_TRY(fs.sync_directory(copy));
  return found;
}

// It was a copy until now; from here on it is a store of its own.
Result<void> give_own_id(env::FileSystem& fs, const env::Path& copy, env::Entropy& entropy) {
  STRATA_TRY(StoreFile store, read_store_file(fs, copy));
  store.identity.copy = entropy.nonzero_bits();
  store = closed_store(std::move(store.identity), std::move(store.ends));
  return env::write_file_atomically(fs, copy / kIdentityName, as_bytes(encode_store(store)));
}

// The copy is removed after an error, and the user does not know its temporary name. If the copy is
// damaged, or not a store that can be opened, the original most likely is too, so the error names
// the original. Other errors concern the place to which the copy was to go.
Error with_known_names(Error error, const env::Path& copy, const env::Path& original,
                       const env::Path& target) {
  const std::string name = copy.string();
  const bool of_the_contents = error.code == ErrorCode::kCorruption ||
                               error.code == ErrorCode::kInvalidArgument ||
                               error.code == ErrorCode::kUnsupported;
  const std::string shown = (of_the_contents ? original : target).string();
  for (std::size_t at = 0; (at = error.message.find(name, at)) != std::string::npos;
       at += shown.size())
    error.message.replace(at, name.size(), shown);
  return error;
}

// `source` sees the directory `from` that is locked.
Result<Copied> copy_into_place(env::FileSystem& source, const env::Path& from, env::FileSystem& fs,
                               const env::Path& copy, const env::Path& to, env::Entropy& entropy) {
  STRATA_TRY(check_place(fs, to));  // again: another process may have been first
  STRATA_TRY(copy_tree(source, from, copy));
  Copied copied;
  auto verified = verify_copy(fs, copy);
  if (!verified) return std::move(verified).error();
  copied.verified = *std::move(verified);
  STRATA_TRY(give_own_id(fs, copy, entropy));
  STRATA_TRY(copied.bytes, bytes_in(fs, copy));
  STRATA_TRY(put_into_place(fs, copy, to));
  // The lock file goes only after the copy has its name. Without it others would take the copy for
  // remains. If the lock file stays, it does no harm.
  static_cast<void>(fs.remove(to / kBackupLock).has_value());
  return copied;
}

}  // namespace

std::string Copied::text() const { return fmt::format("{}, {} bytes", verified.text(), bytes); }

Result<Copied> copy_store(env::FileSystem& fs, const env::Path& from, const env::Path& to,
                          env::Entropy& entropy) {
  STRATA_TRY(const env::Path source, env::whole_path(from));
  STRATA_TRY(const env::Path named, env::whole_path(to));
  STRATA_TRY(const env::Path target, place_of(fs, named));  // the copy is made on the same disk
  const env::Path copy = temporary_beside(target, "copy");
  STRATA_TRY(check_apart(fs, target, source));
  STRATA_TRY(check_apart(fs, copy, source));
  STRATA_TRY(expect_store(fs, source));
  STRATA_TRY(expect_outside_stores(fs, target.parent_path()));
  STRATA_TRY(check_place(fs, target));
  STRATA_TRY(const auto lock, lock_source(fs, source));
  STRATA_TRY(const auto turn, begin_copy(fs, copy));
  auto copied = copy_into_place(*lock.files, source, fs, copy, target, entropy);
  if (copied) return copied;
  static_cast<void>(remove_copy(fs, copy).has_value());  // report the first error
  return with_known_names(std::move(copied).error(), copy, source, target);
}

}  // namespace strata::compaction
