// Says which block of a table may hold a key.
//
// It is built from the table's index block when the table is opened, and stays in memory: for
// each data block its last key, and where it is. The first bytes of the keys stand side by
// side as numbers, so that a binary search touches little memory, and the keys themselves only
// in the end.
//
// Thread-safety: constant once it is made.
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

  // kCorruption if `block` is not the contents of an index block.
  static Result<TableIndex> parse(std::string block);

  std::size_t size() const { return handles_.size(); }
  const BlockHandle& handle(std::size_t block) const { return handles_[block]; }

  // The only block that can hold `target`, or the first entry behind it; size() if all keys
  // are less.
  std::size_t find(const EntryKey& target) const;

  std::size_t memory() const;

 private:
  std::string_view key(std::size_t block) const {
    return std::string_view(keys_).substr(key_ends_[block],
                                          key_ends_[block + 1] - key_ends_[block]);
  }
  KeyHead head_of(std::string_view user_key) const { return KeyHead(user_key.substr(shared_)); }
  void build_heads();

  std::string keys_;                         // all of them, as bytes
  std::vector<std::size_t> key_ends_ = {0};  // key i begins at i and ends at i + 1
  std::vector<BlockHandle> handles_;
  std::size_t shared_ = 0;      // bytes that all user keys begin with
  std::vector<KeyHead> heads_;  // of what follows them
};

}  // namespace strata::lsm
