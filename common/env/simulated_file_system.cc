#include "env/simulated_file_system.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "base/checksum.h"
#include "env/simulated_files.h"

namespace strata::env {
namespace {

std::uint64_t bytes_below(const SimulatedNode& node) {
  if (const auto* file = node.file()) return file->now.size();
  std::uint64_t total = 0;
  for (const auto& [name, child] : node.directory()->now) total += bytes_below(*child);
  return total;
}

// How many names below `directory` lead to `node`.
std::uint64_t names_of(const SimulatedNode& directory, const SimulatedNode& node) {
  std::uint64_t names = 0;
  for (const auto& [name, child] : directory.directory()->now) {
    if (child.get() == &node) ++names;
    if (child->directory()) names += names_of(*child, node);
  }
  return names;
}

// The seed includes each name, so that the same content under another name has another fingerprint.
std::uint64_t fingerprint_of(const SimulatedNode& node, std::uint64_t seed) {
  if (const auto* file = node.file()) return checksum64(file->now, seed);
  for (const auto& [name, child] : node.directory()->now)
    seed = fingerprint_of(*child, checksum64(as_bytes(name), seed));
  return checksum64({}, seed);  // the end of a directory
}

}  // namespace

SimulatedFileSystem::SimulatedFileSystem() : root_(std::make_shared<SimulatedNode>()) {
  root_->is = SimulatedDirectory{};
}

SimulatedFileSystem::SimulatedFileSystem(NodePtr root) : root_(std::move(root)) {}

void SimulatedFileSystem::on_change(std::function<void()> observer) {
  const std::lock_guard lock(mutex_);
  observer_ = std::move(observer);
}

std::uint64_t SimulatedFileSystem::changes() const {
  const std::lock_guard lock(mutex_);
  return changes_;
}

void SimulatedFileSystem::changed() {
  std::function<void()> observer;
  {
    const std::lock_guard lock(mutex_);
    ++changes_;
    observer = observer_;
  }
  if (observer) observer();
}

std::unique_ptr<SimulatedFileSystem> SimulatedFileSystem::after_power_cut(
    const PowerCut& cut) const {
  const std::lock_guard lock(mutex_);
  return std::unique_ptr<SimulatedFileSystem>(
      new SimulatedFileSystem(env::after_power_cut(*root_, cut)));
}

std::unique_ptr<SimulatedFileSystem> SimulatedFileSystem::after_process_death() const {
  const std::lock_guard lock(mutex_);
  return std::unique_ptr<SimulatedFileSystem>(new SimulatedFileSystem(copy_of(*root_)));
}

void SimulatedFileSystem::set_capacity(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  capacity_ = bytes;
}

std::uint64_t SimulatedFileSystem::leave_room(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  return capacity_ = bytes_below(*root_) + bytes;
}

bool SimulatedFileSystem::take_was_full() {
  const std::lock_guard lock(mutex_);
  return std::exchange(was_full_, false);
}

void SimulatedFileSystem::fail_call(DiskCall kind, std::uint64_t index) {
  const std::lock_guard lock(mutex_);
  calls_.fail(kind, index);
}

void SimulatedFileSystem::fail_nothing() {
  const std::lock_guard lock(mutex_);
  calls_.fail_nothing();
}

bool SimulatedFileSystem::fault_pending(DiskCall kind) const {
  const std::lock_guard lock(mutex_);
  return calls_.fault_pending(kind);
}

void SimulatedFileSystem::set_cost(DiskCall kind, DiskCallCost cost) {
  const std::lock_guard lock(mutex_);
  calls_.set_cost(kind, cost);
}

std::chrono::nanoseconds SimulatedFileSystem::take_busy_time() {
  const std::lock_guard lock(mutex_);
  return calls_.take_busy_time();
}

std::chrono::nanoseconds SimulatedFileSystem::busy_time() const {
  const std::lock_guard lock(mutex_);
  return calls_.busy_time();
}

std::uint64_t SimulatedFileSystem::fingerprint() const {
  const std::lock_guard lock(mutex_);
  return fingerprint_of(*root_, 0);
}

Bytes SimulatedFileSystem::content(const Path& path) const {
  const std::lock_guard lock(mutex_);
  const NodePtr node = find(path);
  STRATA_ASSERT(node && node->file());
  return node->file()->now;
}

void SimulatedFileSystem::set_content(const Path& path, Bytes bytes) {
  const std::lock_guard lock(mutex_);
  const NodePtr node = find(path);
  STRATA_ASSERT(node && node->file());
  node->file()->replace(std::move(bytes));
}

void SimulatedFileSystem::flip_bit(const BitPlace& place) {
  const std::lock_guard lock(mutex_);
  const NodePtr node = find(place.path);
  STRATA_ASSERT(node && node->file());
  node->file()->flip_bit(place.byte, place.bit);
}

std::optional<BitPlace> SimulatedFileSystem::flip_some_bit(std::uint64_t seed) {
  std::optional<BitPlace> place;
  {
    const std::lock_guard lock(mutex_);
    place = choose_safe_bit(*root_, seed);
  }
  if (place) flip_bit(*place);
  return place;
}

SimulatedFileSystem::NodePtr SimulatedFileSystem::find(const Path& path) const {
  STRATA_ASSERT(path.is_absolute());
  NodePtr node = root_;
  for (const Path& part : path.relative_path()) {
    if (part.empty()) continue;  // a trailing slash
    if (!node->directory()) return nullptr;
    const auto& names = node->directory()->now;
    const auto found = names.find(part.string());
    if (found == names.end()) return nullptr;
    node = found->second;
  }
  return node;
}

Result<SimulatedFileSystem::NodePtr> SimulatedFileSystem::find_file(std::string_view call,
                                                                    const Path& path) const {
  NodePtr node = find(path);
  if (!node) return not_found(fmt::format("{} {}: no such file", call, path.string()));
  if (!node->file()) return io_error(fmt::format("{} {}: it is a directory", call, path.string()));
  return node;
}

Result<SimulatedDirectory*> SimulatedFileSystem::find_parent(const Path& path) const {
  const NodePtr node = find(path.parent_path());
  if (!node || !node->directory())
    return not_found(fmt::format("{}: no such directory", path.parent_path().string()));
  return node->directory();
}

// Requires: mutex_ is held. Counting takes time, and most tests have an endless disk.
std::uint64_t SimulatedFileSystem::room() const {
  if (capacity_ == ~std::uint64_t{0}) return capacity_;
  return capacity_ - std::min(capacity_, bytes_below(*root_));
}

Result<void> SimulatedFileSystem::make_room(std::uint64_t more) {
  if (more <= room()) return {};
  was_full_ = true;
  return unavailable("no space left on the simulated disk");
}

Result<std::unique_ptr<RandomAccessFile>> SimulatedFileSystem::open_for_read(const Path& path) {
  const std::lock_guard lock(mutex_);
  STRATA_TRY(auto node, find_file("open", path));
  return std::make_unique<SimulatedReadableFile>(*this, std::move(node), path);
}

Result<std::unique_ptr<WritableFile>> SimulatedFileSystem::create(const Path& path) {
  auto node = std::make_shared<SimulatedNode>();
  {
    const std::lock_guard lock(mutex_);
    STRATA_TRY(auto* parent, find_parent(path));
    if (parent->now.contains(path.filename().string()))
      return conflict(fmt::format("create {}: it exists", path.string()));
    STRATA_TRY(make_room(1));
    STRATA_TRY(calls_.begin(DiskCall::kNames, 0, "create", path));
    parent->apply({std::nullopt, path.filename().string(), node});
  }
  changed();
  return std::make_unique<SimulatedWritableFile>(*this, std::move(node), path);
}

Result<std::unique_ptr<WritableFile>> SimulatedFileSystem::open_for_write(const Path& path) {
  const std::lock_guard lock(mutex_);
  STRATA_TRY(auto node, find_file("open", path));
  return std::make_unique<SimulatedWritableFile>(*this, std::move(node), path);
}

Result<void> SimulatedFileSystem::rename(const Path& from, const Path& to) {
  STRATA_ASSERT(from.parent_path() == to.parent_path());  // stores need no other rename
  {
    const std::lock_guard lock(mutex_);
    const NodePtr node = find(from);
    if (!node) return not_found(fmt::format("rename {}: no such file", from.string()));
    // A directory can replace only an empty directory.
    const NodePtr there = find(to);
    const bool both = there && there->directory() && node->directory();
    if (both && !there->directory()->now.empty())
      return io_error(fmt::format("rename to {}: it is not empty", to.string()));
    if (there && !both) STRATA_TRY(find_file("rename to", to));
    STRATA_TRY(auto* parent, find_parent(to));
    STRATA_TRY(calls_.begin(DiskCall::kNames, 0, "rename", from));
    parent->apply({from.filename().string(), to.filename().string(), node});
  }
  changed();
  return {};
}

Result<void> SimulatedFileSystem::link(const Path& from, const Path& to) {
  {
    const std::lock_guard lock(mutex_);
    STRATA_TRY(const NodePtr node, find_file("link", from));
    if (find(to)) return conflict(fmt::format("link {}: it is there already", to.string()));
    STRATA_TRY(auto* parent, find_parent(to));
    STRATA_TRY(calls_.begin(DiskCall::kNames, 0, "link", from));
    parent->apply({std::nullopt, to.filename().string(), node});
  }
  changed();
  return {};
}

Result<void> SimulatedFileSystem::remove_directory(const Path& path) {
  {
    const std::lock_guard lock(mutex_);
    const NodePtr node = find(path);
    if (!node || !node->directory())
      return not_found(fmt::format("rmdir {}: no such directory", path.string()));
    if (!node->directory()->now.empty())
      return io_error(fmt::format("rmdir {}: it is not empty", path.string()));
    STRATA_TRY(auto* parent, find_parent(path));
    STRATA_TRY(calls_.begin(DiskCall::kNames, 0, "rmdir", path));
    parent->apply({path.filename().string(), "", nullptr});
  }
  changed();
  return {};
}

Result<void> SimulatedFileSystem::remove(const Path& path) {
  {
    const std::lock_guard lock(mutex_);
    STRATA_TRY(find_file("remove", path));
    STRATA_TRY(auto* parent, find_parent(path));
    STRATA_TRY(calls_.begin(DiskCall::kNames, 0, "remove", path));
    parent->apply({path.filename().string(), "", nullptr});
  }
  changed();
  return {};
}

Result<void> SimulatedFileSystem::make_directory(const Path& path) {
  auto node = std::make_shared<SimulatedNode>();
  node->is = SimulatedDirectory{};
  {
    const std::lock_guard lock(mutex_);
    STRATA_TRY(auto* parent, find_parent(path));
    if (parent->now.contains(path.filename().string()))
      return conflict(fmt::format("mkdir {}: it exists", path.string()));
    STRATA_TRY(make_room(1));
    STRATA_TRY(calls_.begin(DiskCall::kNames, 0, "mkdir", path));
    parent->apply({std::nullopt, path.filename().string(), node});
  }
  changed();
  return {};
}

Result<void> SimulatedFileSystem::sync_directory(const Path& path) {
  {
    const std::lock_guard lock(mutex_);
    const NodePtr node = find(path);
    if (!node || !node->directory())
      return not_found(fmt::format("sync {}: no such directory", path.string()));
    STRATA_TRY(calls_.begin(DiskCall::kSync, 0, "sync", path));
    node->directory()->sync();
  }
  changed();
  return {};
}

Result<FileStatus> SimulatedFileSystem::status_of(const Path& path) {
  const std::lock_guard lock(mutex_);
  const NodePtr node = find(path);
  if (!node) return FileStatus{};
  return FileStatus{.kind = node->file() ? FileKind::kFile : FileKind::kDirectory,
                    .names = names_of(*root_, *node),
                    .number = reinterpret_cast<std::uintptr_t>(node.get())};
}

Result<std::uint64_t> SimulatedFileSystem::free_bytes(const Path&) {
  const std::lock_guard lock(mutex_);
  return room();
}

Result<Path> SimulatedFileSystem::real_path(const Path& path) {
  const std::lock_guard lock(mutex_);
  if (!find(path)) return not_found(fmt::format("realpath {}: no such file", path.string()));
  return path;  // there are no symbolic links
}

Result<std::vector<std::string>> SimulatedFileSystem::list(const Path& directory) {
  const std::lock_guard lock(mutex_);
  const NodePtr node = find(directory);
  if (!node || !node->directory())
    return not_found(fmt::format("list {}: no such directory", directory.string()));
  std::vector<std::string> names;
  for (const auto& [name, child] : node->directory()->now) names.push_back(name);
  return names;
}

Result<std::unique_ptr<FileLock>> SimulatedFileSystem::lock(const Path& path, LockKind kind) {
  STRATA_TRY(const FileKind there, kind_of(path));
  if (there == FileKind::kMissing && kind == LockKind::kExclusive) STRATA_TRY(create(path));
  const std::lock_guard guard(mutex_);
  NodePtr node = find(path);
  if (!node) return not_found(fmt::format("lock {}: no such file", path.string()));
  const auto [held, first] = locked_.try_emplace(node, Locks{kind, 0});
  if (!first && (kind == LockKind::kExclusive || held->second.kind == LockKind::kExclusive))
    return conflict(fmt::format("{} is locked by another process", path.string()));
  ++held->second.count;
  return std::make_unique<SimulatedFileLock>(*this, std::move(node));
}

Result<std::shared_ptr<FileSystem>> SimulatedFileSystem::hold(const Path& directory) {
  STRATA_TRY(const FileKind kind, kind_of(directory));
  if (kind != FileKind::kDirectory)
    return not_found(fmt::format("open {}: no such directory", directory.string()));
  return std::shared_ptr<FileSystem>(std::shared_ptr<FileSystem>(), this);  // owns nothing
}

}  // namespace strata::env
