#include "env/simulated_files.h"

#include <algorithm>

namespace strata::env {

Result<std::size_t> SimulatedReadableFile::read_at(std::uint64_t offset,
                                                   std::span<std::byte> into) const {
  const std::lock_guard lock(fs_.mutex_);
  const Bytes& content = node_->file()->now;
  const std::uint64_t there = content.size() - std::min<std::uint64_t>(offset, content.size());
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), there));
  STRATA_TRY(fs_.calls_.begin(DiskCall::kRead, count, "read", path_));
  if (count > 0) std::ranges::copy(ByteView(content).subspan(offset, count), into.begin());
  return count;
}

Result<std::uint64_t> SimulatedReadableFile::size() const {
  const std::lock_guard lock(fs_.mutex_);
  return node_->file()->now.size();
}

template <class Action>
Result<void> SimulatedWritableFile::change(Action action) {
  Result<void> outcome;
  {
    const std::lock_guard lock(fs_.mutex_);
    if (poison_) return *poison_;
    const std::size_t before = node_->file()->unsynced.size();
    outcome = action(*node_->file());
    const bool in_part = node_->file()->unsynced.size() != before;
    if (!outcome && !in_part) return outcome;
  }
  fs_.changed();
  return outcome;
}

Result<void> SimulatedWritableFile::write_at(std::uint64_t offset, ByteView bytes) {
  return change([&](SimulatedFile& file) -> Result<void> {
    if (bytes.empty()) return {};
    const std::uint64_t end = offset + bytes.size();
    if (end > file.now.size()) STRATA_TRY(fs_.make_room(end - file.now.size()));
    const auto begun = fs_.calls_.begin(DiskCall::kWrite, bytes.size(), "write", path_);
    if (!begun) bytes = bytes.first(bytes.size() / 2);  // any part may have been written
    if (!bytes.empty()) file.apply(SimulatedFile::Write{offset, Bytes(bytes.begin(), bytes.end())});
    return begun;
  });
}

Result<void> SimulatedWritableFile::truncate(std::uint64_t size) {
  return change([&](SimulatedFile& file) -> Result<void> {
    if (size > file.now.size()) STRATA_TRY(fs_.make_room(size - file.now.size()));
    STRATA_TRY(fs_.calls_.begin(DiskCall::kWrite, 0, "truncate", path_));
    file.apply(SimulatedFile::Truncate{size});
    return {};
  });
}

Result<void> SimulatedWritableFile::sync() {
  return change([&](SimulatedFile& file) -> Result<void> {
    const auto begun = fs_.calls_.begin(DiskCall::kSync, file.unsynced_bytes(), "sync", path_);
    if (begun) {
      file.sync();
    } else {
      file.lose_unsynced();
      poison_ = begun.error();
    }
    return begun;
  });
}

SimulatedFileLock::~SimulatedFileLock() {
  const std::lock_guard lock(fs_.mutex_);
  const auto held = fs_.locked_.find(node_);
  if (--held->second.count == 0) fs_.locked_.erase(held);
}

}  // namespace strata::env
