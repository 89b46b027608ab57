// Packs sorted entries into the contents of one block. Format: FORMAT.md, "Block".
//
//   entry:    [shared: varint] [unshared: varint] [value_size: varint] [key suffix] [value]
//   contents: [entry]* [restart offset: 4]* [restart count: 4]
//
// Neighbours share most of their keys, so an entry says how many bytes it has in common with
// the key before it. Every so often an entry shares nothing: a restart, from which reading
// may begin, and which a search can compare with.
//
// Thread-safety: none; one owner. Pure: bytes in, bytes out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace strata::lsm {

class BlockBuilder {
 public:
  // A restart every `restart_interval` entries, at least 1.
  explicit BlockBuilder(std::size_t restart_interval) : restart_interval_(restart_interval) {}

  // Requires: `key`, as bytes, is not empty and belongs behind all that were added before.
  void add(std::string_view key, std::string_view value);

  // The contents. The builder must be reset before it is used again.
  std::string_view finish();
  void reset();

  bool empty() const { return entries_ == 0; }
  std::size_t entries() const { return entries_; }
  std::string_view last_key() const { return last_key_; }
  // How large the contents would be now.
  std::size_t size() const {
    return contents_.size() + (restarts_.size() + 1) * sizeof(std::uint32_t);
  }

 private:
  const std::size_t restart_interval_;
  std::string contents_;
  std::vector<std::uint32_t> restarts_{0};
  std::size_t entries_ = 0;
  std::size_t since_restart_ = 0;
  std::string last_key_;
};

}  // namespace strata::lsm
