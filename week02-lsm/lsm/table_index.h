// Finds the block of a table that may hold a key.
//
// It is built from the table's index block when the table is opened, and stays in memory. For each
// data block it holds the block's last key and its place. The first bytes of all keys are stored
// side by side as numbers, so that a binary search reads little memory. It compares complete keys
// only at the end.
//
// Thread-safety: constant after parse(); many threads may read it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/key_head.h"
#include "base/result.h"
#include "lsm/entry_key.h"
#include "lsm/table_format.h"

namespace strata::lsm {

class TableIndex {
 public:
  TableIndex() = default;

  // Errors: kCorruption if `block` is not the contents of an index block.
  static Result<TableIndex> parse(std::string block);

  std::size_t size() const { return handles_.size(); }
  const BlockHandle& handle(std::size_t block) const { return handles_[block]; }

  // The block that holds the first entry that is not less than `target`. So no other block can hold
  // `target`. Returns size() if all entries of the table are less.
  std::size_t find(const EntryKey& target) const;

  std::size_t memory() const;

 private:
  std::string_view key(std::size_t block) const {
    return std::string_view(keys_).substr(key_ends_[block],
                                          key_ends_[block + 1] - key_ends_[block]);
  }
  KeyHead head_of(std::string_view user_key) const { return KeyHead(user_key.substr(shared_)); }
  void build_heads();

  std::string keys_;                         // all last keys, as bytes
  std::vector<std::size_t> key_ends_ = {0};  // key i: from key_ends_[i] to key_ends_[i + 1]
  std::vector<BlockHandle> handles_;
  std::size_t shared_ = 0;      // length of the prefix that all user keys share
  std::vector<KeyHead> heads_;  // heads of the keys after this prefix
};

}  // namespace strata::lsm
