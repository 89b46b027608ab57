// Builds the contents of one block from sorted entries. Format: FORMAT.md, "Block".
//
//   entry:    [shared: varint] [unshared: varint] [value_size: varint] [key suffix] [value]
//   contents: [entry]* [restart offset: 4]* [restart count: 4]
//
// Neighbouring keys usually share a prefix. So an entry records how many bytes its key shares with
// the key before it, and stores only the rest. At regular intervals an entry shares nothing: this
// is a restart. Reading can begin at a restart, and a search compares with its complete key.
//
// Thread-safety: none; one owner. Works in memory only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace strata::lsm {

class BlockBuilder {
 public:
  // Every `restart_interval`-th entry is a restart; the first entry is one. Requires:
  // restart_interval >= 1.
  explicit BlockBuilder(std::size_t restart_interval) : restart_interval_(restart_interval) {}

  // Requires: `key` is not empty, and sorts after all keys that were added before.
  void add(std::string_view key, std::string_view value);

  // Returns the contents, valid until reset(). Call reset() before the builder is used again.
  std::string_view finish();
  void reset();

  bool empty() const { return entries_ == 0; }
  std::size_t entries() const { return entries_; }
  std::string_view last_key() const { return last_key_; }
  // How large the contents would be if finish() were called now.
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
