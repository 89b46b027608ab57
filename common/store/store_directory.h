// The directory of a store on disk: who owns it, and of what kind and version it is.
//
//   DIR/LOCK    held while a process has the store open
//   DIR/STORE   lines of text: kind, format version, id, checksum
//   DIR/UNFINISHED   there from before STORE is until whoever makes the store has made the rest
//
// Opening one is where a foreign, newer or busy directory is refused, before anything in
// it is touched.
#pragma once

#include <memory>
#include <string>

#include "env/file_system.h"

namespace strata {

// What STORE says.
struct StoreIdentity {
  std::string kind;           // "logged": one word, named by the week that writes it
  std::uint32_t version = 0;  // of the directory's layout
  std::uint64_t id = 0;       // drawn at creation; binds files to this directory

  friend bool operator==(const StoreIdentity&, const StoreIdentity&) = default;
};

std::string encode_identity(const StoreIdentity& identity);
// kCorruption if it is not, to the byte, what encode_identity makes.
Result<StoreIdentity> decode_identity(std::string_view text);

// An open directory; its lock is held for as long as this lives.
class StoreDirectory {
 public:
  // Makes the directory, parents too, if it is not there; durable on return. `expected.id`
  // is the id that a new directory gets.
  // Errors: kInvalidArgument for a file in its place, files that are not ours, or a store
  // of another kind; kUnsupported for a newer version; kConflict if it is in use;
  // kCorruption for a damaged STORE.
  static Result<StoreDirectory> open(env::FileSystem& fs, const env::Path& path,
                                     const StoreIdentity& expected);

  // The store was never opened to the end: what else belongs into it may not be there yet,
  // and nothing was ever acknowledged. Whoever makes it calls finish_creation() then.
  bool unfinished() const { return unfinished_; }
  Result<void> finish_creation(env::FileSystem& fs);

  // Lets others open it. For a store that is closed before it is destroyed.
  void unlock() { lock_.reset(); }

  const env::Path& path() const { return path_; }
  const StoreIdentity& identity() const { return identity_; }

 private:
  StoreDirectory(env::Path path, StoreIdentity identity, bool unfinished,
                 std::unique_ptr<env::FileLock> lock)
      : path_(std::move(path)),
        identity_(std::move(identity)),
        unfinished_(unfinished),
        lock_(std::move(lock)) {}

  env::Path path_;
  StoreIdentity identity_;
  bool unfinished_;
  std::unique_ptr<env::FileLock> lock_;
};

// make_directory and sync of the parent, for each directory on the way that is missing; and
// the sync alone for the first one that is there, whoever made it.
Result<void> make_directories(env::FileSystem& fs, const env::Path& path);

}  // namespace strata
