#include "store/store_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/checksum.h"

namespace strata {
namespace {

constexpr std::string_view kOfTheFileSystem = "lost+found";
constexpr std::uint64_t kIdentityLimit = 4096;  // bytes; far more than STORE ever has
constexpr std::string_view kEndOf = "end of ";  // begins a line of STORE
constexpr std::string_view kCopy = "copy: ";    // the same
constexpr std::uint32_t kVersionWithEnds = 2;   // the first that has such lines
constexpr std::uint32_t kVersionOfCopies = 3;   // the first that has a line "copy: "

// Removes the first line from `text` and returns what follows `label` in it; nullopt if it does not
// begin with `label` or has no end.
std::optional<std::string_view> take_line(std::string_view& text, std::string_view label) {
  if (!text.starts_with(label)) return std::nullopt;
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(label.size(), end - label.size());
  text.remove_prefix(end + 1);
  return rest;
}

std::string checksum_line(std::string_view lines) {
  return fmt::format("checksum: {:016x}\n", checksum64(as_bytes(lines)));
}

template <class T>
bool parse_number(std::string_view text, int base, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc() && end == text.data() + text.size();
}

// A directory may be used if it has nothing but files that an interrupted creation leaves.
Result<void> refuse_foreign_files(env::FileSystem& fs, const env::Path& path) {
  STRATA_TRY(const auto names, fs.list(path));
  const auto ours = [](const std::string& name) {
    return name == kLockName || name == kUnfinishedName || name == kOfTheFileSystem ||
           name == fmt::format("{}{}", kIdentityName, env::kTemporarySuffix);
  };
  const auto foreign = std::ranges::find_if_not(names, ours);
  if (std::ranges::find(names, kIdentityName) != names.end() || foreign == names.end()) return {};
  return invalid_argument(
      fmt::format("{} is not a Strata store: it holds '{}'; name an empty or a new directory",
                  path.string(), *foreign));
}

// The identity in the first lines of a STORE file; other lines may follow. nullopt if the last line
// is not the checksum of all lines before it.
std::optional<std::uint32_t> version_in(std::string_view text) {
  const std::size_t last_line = text.rfind("checksum: ");
  if (last_line == std::string_view::npos ||
      text.substr(last_line) != checksum_line(text.substr(0, last_line)))
    return std::nullopt;
  std::uint32_t number = 0;
  if (!take_line(text, "Strata store") || !take_line(text, "kind: ")) return std::nullopt;
  const auto version = take_line(text, "version: ");
  if (!version || !parse_number(*version, 10, number)) return std::nullopt;
  return number;
}

Result<void> mark_unfinished(env::FileSystem& fs, const env::Path& path) {
  STRATA_TRY(const env::FileKind kind, fs.kind_of(path / kUnfinishedName));
  if (kind == env::FileKind::kMissing) STRATA_TRY(fs.create(path / kUnfinishedName));
  return fs.sync_directory(path);
}

// The line "end of wal: 4096", if it comes next. Removes it from `text`.
std::optional<LogEnd> take_end(std::string_view& text) {
  const auto line = take_line(text, kEndOf);
  if (!line) return std::nullopt;
  const std::size_t colon = line->find(": ");
  if (colon == std::string_view::npos) return std::nullopt;
  LogEnd end{std::string(line->substr(0, colon))};
  if (!parse_number(line->substr(colon + 2), 10, end.position)) return std::nullopt;
  return end;
}

Result<StoreFile> read_store(env::FileSystem& fs, const env::Path& file,
                             const StoreIdentity& expected) {
  STRATA_TRY(const Bytes bytes, env::read_file(fs, file, kIdentityLimit));
  // A newer program may have added lines, but the first lines are always these.
  const std::uint32_t newest = std::max(expected.version, kVersionOfCopies);
  if (const auto version = version_in(as_text(bytes)); version && *version > newest)
    return unsupported(
        fmt::format("{} has format version {}; this program knows up to {}; "
                    "use the newer program",
                    file.parent_path().string(), *version, newest));
  auto found = decode_store(as_text(bytes));
  if (!found)
    return corruption(
        fmt::format("{}: {}; restore it from a copy", file.string(), found.error().message));
  const StoreIdentity& identity = found->identity;
  if (identity.version == 0)
    return unsupported(fmt::format("{} has format version 0, which no program has written",
                                   file.parent_path().string()));
  if (identity.kind != expected.kind)
    return invalid_argument(fmt::format("{} holds a '{}' store; this program opens '{}' stores",
                                        file.parent_path().string(), identity.kind, expected.kind));
  return found;
}

}  // namespace

Result<void> expect_store(env::FileSystem& fs, const env::Path& directory) {
  STRATA_TRY(const env::FileKind kind, fs.kind_of(directory / kIdentityName));
  if (kind == env::FileKind::kFile) return {};
  return not_found(fmt::format("there is no store in {}", directory.string()));
}

std::uint64_t end_of(std::string_view log, const std::vector<LogEnd>& ends) {
  const auto found = std::ranges::find(ends, log, &LogEnd::log);
  return found == ends.end() ? 0 : found->position;
}

StoreFile closed_store(StoreIdentity identity, std::vector<LogEnd> ends) {
  identity.version =
      std::max(identity.version, identity.copy == 0 ? kVersionWithEnds : kVersionOfCopies);
  return {std::move(identity), std::move(ends)};
}

std::string encode_store(const StoreFile& store) {
  const StoreIdentity& identity = store.identity;
  std::string text = fmt::format("Strata store\nkind: {}\nversion: {}\nid: {:016x}\n",
                                 identity.kind, identity.version, identity.id);
  if (identity.copy != 0) text += fmt::format("{}{:016x}\n", kCopy, identity.copy);
  for (const LogEnd& end : store.ends)
    text += fmt::format("{}{}: {}\n", kEndOf, end.log, end.position);
  return text + checksum_line(text);
}

Result<StoreFile> decode_store(std::string_view text) {
  const std::string_view whole = text;
  StoreFile store;
  StoreIdentity& identity = store.identity;
  const auto title = take_line(text, "Strata store");
  const auto kind = take_line(text, "kind: ");
  const auto version = take_line(text, "version: ");
  const auto id = take_line(text, "id: ");
  if (!title || !kind || !version || !id || !parse_number(*version, 10, identity.version) ||
      !parse_number(*id, 16, identity.id))
    return corruption("it does not describe a Strata store");
  identity.kind = *kind;
  if (const auto copy = take_line(text, kCopy); copy && !parse_number(*copy, 16, identity.copy))
    return corruption("it does not describe a Strata store");
  while (auto end = take_end(text)) store.ends.push_back(*std::move(end));
  if (encode_store(store) != whole) return corruption("its checksum does not match");
  if (!store.ends.empty() && identity.version < kVersionWithEnds)
    return corruption("its version has no ends of logs");
  if (identity.copy != 0 && identity.version < kVersionOfCopies)
    return corruption("its version has no copies");
  return store;
}

Result<void> make_directories(env::FileSystem& fs, const env::Path& path) {
  STRATA_TRY(const env::FileKind kind, fs.kind_of(path));
  // An interrupted creation may have left this directory without making it durable.
  if (kind == env::FileKind::kDirectory) return fs.sync_directory(path.parent_path());
  if (kind != env::FileKind::kMissing)
    return invalid_argument(fmt::format("{} is a file, not a directory", path.string()));
  STRATA_TRY(make_directories(fs, path.parent_path()));
  STRATA_TRY(fs.make_directory(path));
  return fs.sync_directory(path.parent_path());
}

Result<StoreLock> lock_store(env::FileSystem& fs, const env::Path& path, env::LockKind kind) {
  const bool reader = kind == env::LockKind::kShared;
  StoreLock lock;
  STRATA_TRY(lock.files, fs.hold(path));
  const auto take = [&](const env::Path& file) -> Result<std::unique_ptr<env::FileLock>> {
    auto taken = lock.files->lock(file, kind);
    if (taken) return taken;
    if (taken.error().code == ErrorCode::kConflict)
      return conflict(
          fmt::format("{} is in use by another process, or twice by this one; removing LOCK does "
                      "not help",
                      path.string()));
    // A process that may not lock the files may not write to them. Others who write are still kept
    // out by the other lock, or by the read-only disk.
    if (reader && taken.error().code == ErrorCode::kUnsupported)
      return std::unique_ptr<env::FileLock>();
    return taken;
  };
  STRATA_TRY(lock.directory, take(path));
  const env::Path name = path / kLockName;
  STRATA_TRY(const env::FileStatus status, lock.files->status_of(name));
  // A copy made of hard links shares LOCK with the store. It is a store of its own, so it gets its
  // own LOCK; the lock on the directory keeps others out meanwhile.
  const bool shared = status.kind == env::FileKind::kFile && status.names > 1;
  if (reader && (status.kind == env::FileKind::kMissing || shared)) return lock;
  if (shared) STRATA_TRY(env::make_sole(*lock.files, name));
  STRATA_TRY(lock.file, take(name));
  return lock;
}

Result<StoreDirectory> StoreDirectory::open(env::FileSystem& fs, const env::Path& where,
                                            const StoreIdentity& expected) {
  STRATA_TRY(const env::Path path, env::whole_path(where));
  const env::Path file = path / kIdentityName;
  STRATA_TRY(const env::FileKind at_first, fs.kind_of(file));
  if (at_first == env::FileKind::kMissing) STRATA_TRY(make_directories(fs, path));
  STRATA_TRY(refuse_foreign_files(fs, path));
  STRATA_TRY(StoreLock lock, lock_store(fs, path, env::LockKind::kExclusive));
  env::FileSystem& files = *lock.files;

  STRATA_TRY(const env::FileKind kind, files.kind_of(file));
  StoreFile store{expected, {}};
  if (kind == env::FileKind::kMissing) {
    // Another directory may have come under this name since the first look.
    STRATA_TRY(refuse_foreign_files(files, path));
    STRATA_TRY(mark_unfinished(files, path));
    STRATA_TRY(env::write_file_atomically(files, file, as_bytes(encode_store(store))));
  } else {
    STRATA_TRY(store, read_store(files, file, expected));
    STRATA_TRY(files.sync_directory(path));  // its creation may have failed at this very sync
  }
  STRATA_TRY(const env::FileKind mark, files.kind_of(path / kUnfinishedName));
  return StoreDirectory(path, std::move(store), mark != env::FileKind::kMissing, std::move(lock));
}

Result<void> StoreDirectory::finish_creation() {
  STRATA_TRY(files().remove(path_ / kUnfinishedName));
  unfinished_ = false;
  return files().sync_directory(path_);
}

Result<void> StoreDirectory::record_ends(std::vector<LogEnd> ends) {
  StoreFile store = closed_store(store_.identity, std::move(ends));
  STRATA_TRY(
      env::write_file_atomically(files(), path_ / kIdentityName, as_bytes(encode_store(store))));
  store_ = std::move(store);
  return {};
}

}  // namespace strata
