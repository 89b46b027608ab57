#include "lsm/block.h"

#include "base/bytes.h"
#include "lsm/varint.h"

namespace strata::lsm {
namespace {

std::uint32_t load_u32(std::string_view bytes, std::size_t at) {
  return load_little_endian<std::uint32_t>(as_bytes(bytes).subspan(at, 4).data());
}

}  // namespace

Result<std::shared_ptr<const Block>> Block::parse(std::string contents) {
  constexpr std::size_t kSize = sizeof(std::uint32_t);
  if (contents.size() < 2 * kSize) return corruption("a block is too short for its restarts");
  const std::uint32_t count = load_u32(contents, contents.size() - kSize);
  if (count == 0 || count > contents.size() / kSize - 1)
    return corruption("a block has no room for its restarts");
  const std::size_t at = contents.size() - kSize * (std::size_t{count} + 1);
  return std::make_shared<const Block>(Parsed(), std::move(contents), at, count);
}

std::size_t Block::restart(std::uint32_t index) const {
  return load_u32(contents_, restarts_at_ + index * sizeof(std::uint32_t));
}

bool BlockIterator::broken(std::string_view what) {
  valid_ = false;
  status_ = corruption(std::string("a block is damaged: ").append(what));
  return false;
}

bool BlockIterator::go_to_restart(std::uint32_t index) {
  if (!status_) return false;
  next_at_ = block_->restart(index);
  key_ = {};
  return next_at_ <= block_->entries().size() || broken("a restart lies outside");
}

// Sets key_ to the first `shared` bytes of the key before, followed by `rest`. If nothing is
// shared, as at a restart, the whole key is in the block and is not copied.
void BlockIterator::set_key(std::size_t shared, std::string_view rest) {
  if (shared == 0) {
    key_ = rest;
    return;
  }
  if (key_.data() == joined_.data())
    joined_.resize(shared);
  else
    joined_.assign(key_.substr(0, shared));
  key_ = joined_.append(rest);
}

bool BlockIterator::read_next() {
  // TASK 2.4: read the entry at next_at_: three varints, then the rest of the key, then the value.
  // After the last entry, return false without an error. Check each number before you use it:
  // `shared` can be at most the size of the key before, and both sizes must lie within entries();
  // their sum may overflow. If a check fails, or if the key is not an entry key, return broken().
  // Otherwise set at_, key_ (through set_key()), parsed_, value_, next_at_ and valid_.
  valid_ = false;
  at_ = next_at_;
  std::string_view rest = block_->entries().substr(at_);
  if (rest.empty()) return false;
  const auto shared = take_varint(rest);
  const auto unshared = take_varint(rest);
  const auto value_size = take_varint(rest);
  if (!shared || !unshared || !value_size || *shared > key_.size() || *unshared > rest.size() ||
      *value_size > rest.size() - *unshared)
    return broken("an entry reaches outside");
  set_key(*shared, rest.substr(0, *unshared));
  value_ = rest.substr(*unshared, *value_size);
  const auto parsed = parse_key(key_);
  if (!parsed) return broken("an entry has no key");
  parsed_ = *parsed;
  next_at_ = static_cast<std::size_t>(value_.data() + value_.size() - block_->contents_.data());
  valid_ = true;
  return true;
  // END TASK 2.4
}

// Returns the last restart whose key is less than `target`, or the first restart if there is none.
std::uint32_t BlockIterator::last_restart_before(const EntryKey& target) {
  // TASK 2.4: do a binary search over the restarts, whose keys are stored in full. If a restart
  // cannot be read, return 0; status_ must then be an error, also if there is no entry at the
  // restart. The loop must end for any bytes.
  std::uint32_t low = 0;
  std::uint32_t high = block_->restart_count_ - 1;
  while (low < high) {
    const std::uint32_t middle = low + (high - low + 1) / 2;
    if (!go_to_restart(middle) || !read_next()) {
      if (status_) broken("a restart points to no entry");
      return 0;
    }
    if (parsed_ < target)
      low = middle;
    else
      high = middle - 1;
  }
  return low;
  // END TASK 2.4
}

void BlockIterator::seek(const EntryKey& target) {
  valid_ = false;
  const std::uint32_t restart = last_restart_before(target);
  if (!go_to_restart(restart)) return;
  while (read_next() && parsed_ < target) {
  }
}

// Reads entries up to the last one that begins before `end`.
void BlockIterator::read_up_to(std::size_t end) {
  while (read_next() && next_at_ < end) {
  }
}

void BlockIterator::seek_to_last() {
  valid_ = false;
  if (go_to_restart(block_->restart_count_ - 1)) read_up_to(block_->entries().size());
}

void BlockIterator::prev() {
  // Entries can only be read forwards, so begin at the last restart before this entry.
  const std::size_t end = at_;
  valid_ = false;
  if (end == 0) return;
  std::uint32_t low = 0;
  std::uint32_t high = block_->restart_count_ - 1;
  while (low < high) {
    const std::uint32_t middle = low + (high - low + 1) / 2;
    if (block_->restart(middle) < end)
      low = middle;
    else
      high = middle - 1;
  }
  if (block_->restart(low) >= end)
    broken("its restarts are out of order");
  else if (go_to_restart(low))
    read_up_to(end);
}

}  // namespace strata::lsm
