// The directory of a store on disk: which process owns it, and which kind and version of store it
// has.
//
//   DIR, DIR/LOCK    locked while a process has the store open
//   DIR/STORE        lines of text: kind, format version, id, checksum; and, from the last clean
//                    close, where the logs ended
//   DIR/UNFINISHED   exists while the store is being created: from before STORE exists until the
//                    store has created its other files
//
// open() refuses a directory that belongs to another program, to a newer version, or that is in
// use. It does so before it changes anything.
//
// A directory is opened once; then the store reaches its files through files(). So the store keeps
// to the directory that it has locked, even if somebody renames that directory and puts another one
// in its place.
//
// Thread-safety: none; one owner.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "env/file_system.h"

namespace strata {

// kNotFound if there is no store in `directory`. For those who want one that exists: open() makes
// it.
Result<void> expect_store(env::FileSystem& fs, const env::Path& directory);

// The names of these files.
inline constexpr std::string_view kLockName = "LOCK";
inline constexpr std::string_view kIdentityName = "STORE";
inline constexpr std::string_view kUnfinishedName = "UNFINISHED";

// The content of STORE.
struct StoreIdentity {
  std::string kind;           // one word that the week chose: "logged"
  std::uint32_t version = 0;  // of the directory's layout
  std::uint64_t id = 0;       // random; other files name it, to show that they belong here
  std::uint64_t copy = 0;     // random, of a copy; 0: it was not made as a copy

  // Tells this store from all others, its copies included.
  std::uint64_t own_id() const { return copy == 0 ? id : copy; }

  friend bool operator==(const StoreIdentity&, const StoreIdentity&) = default;
};

// Where a log of the store ended when the store was last closed. A log that ends before this has
// lost its end: everything up to here was durable. It may end later, if the store was used since.
struct LogEnd {
  std::string log;  // one word: the name of its directory
  std::uint64_t position = 0;

  friend bool operator==(const LogEnd&, const LogEnd&) = default;
};
// The end of `log` in `ends`; 0 if it is not there.
std::uint64_t end_of(std::string_view log, const std::vector<LogEnd>& ends);

// What the file STORE says.
struct StoreFile {
  StoreIdentity identity;
  std::vector<LogEnd> ends;  // empty: the store was never closed, or is of version 1
};
// What STORE says of a store that was closed when its logs ended there. Version 1 cannot say that,
// and version 2 cannot say that it is a copy; so the result has at least version 2, or 3.
StoreFile closed_store(StoreIdentity identity, std::vector<LogEnd> ends);

std::string encode_store(const StoreFile& store);
// kCorruption if `text` is not exactly what encode_store() returns.
Result<StoreFile> decode_store(std::string_view text);

// A store's directory, and the locks on it. LOCK alone would not do: somebody may remove it, and
// then a second process could lock a new one.
struct StoreLock {
  std::shared_ptr<env::FileSystem> files;  // sees this very directory under its name
  std::unique_ptr<env::FileLock> directory;
  std::unique_ptr<env::FileLock> file;  // null for a reader of a directory without its own LOCK
};
// kExclusive is for a process that opens the store. It makes LOCK, or makes it the directory's own
// if a hard link shares it with another one. kShared is for processes that only read the files. It
// writes nothing, so the directory may be on a read-only disk, or belong to somebody else; if it
// may not lock a file, it goes on without that lock.
// kConflict if another process holds one of the locks. Requires: `path` is as env::whole_path()
// returns it; `fs` outlives the result.
Result<StoreLock> lock_store(env::FileSystem& fs, const env::Path& path, env::LockKind kind);

// An open directory. The locks are held as long as this object lives.
class StoreDirectory {
 public:
  // Opens the directory. If it does not exist, creates it and its parents; they are durable on
  // return. `expected.id` is the id of a new directory.
  // Requires: `fs` outlives this object. Errors: kInvalidArgument if it is a file, has files of
  // another program, or a store of another kind; kUnsupported for a newer version; kConflict if it
  // is in use; kCorruption if STORE is damaged.
  static Result<StoreDirectory> open(env::FileSystem& fs, const env::Path& path,
                                     const StoreIdentity& expected);

  // True if the store was never completely created: some of its files may be missing, and no write
  // was ever acknowledged. The store then creates them and calls finish_creation().
  bool unfinished() const { return unfinished_; }
  Result<void> finish_creation();

  // Records where the logs ended. Durable on return; a crash leaves the old record or the new one.
  // Requires: the logs are closed, and durable up to there.
  Result<void> record_ends(std::vector<LogEnd> ends);

  // Releases the locks, so that others can open the directory. For a store that is closed but not
  // yet destroyed.
  void unlock() {
    lock_.directory.reset();
    lock_.file.reset();
  }

  // Sees this directory under path(). It lives as long as this object.
  env::FileSystem& files() const { return *lock_.files; }
  const env::Path& path() const { return path_; }
  const StoreIdentity& identity() const { return store_.identity; }
  // As the last record_ends() recorded it. A log must reach at least to its end.
  const std::vector<LogEnd>& ends() const { return store_.ends; }

 private:
  StoreDirectory(env::Path path, StoreFile store, bool unfinished, StoreLock lock)
      : path_(std::move(path)),
        store_(std::move(store)),
        unfinished_(unfinished),
        lock_(std::move(lock)) {}

  env::Path path_;
  StoreFile store_;
  bool unfinished_;
  StoreLock lock_;
};

// Creates `path` and each missing parent, and makes their names durable. It also syncs the parent
// of the first directory that exists, because that one may not be durable yet.
Result<void> make_directories(env::FileSystem& fs, const env::Path& path);

}  // namespace strata
