// The contents of one block, to be searched and walked. Format: block_builder.h.
//
// Nothing in it is believed: bytes that no builder wrote make an iterator invalid with
// kCorruption, and never reach past the block.
//
// Thread-safety: a block may be read by many threads; an iterator has one owner.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "lsm/entry_iterator.h"

namespace strata::lsm {

class Block {
 public:
  // kCorruption if the restarts do not fit into the contents.
  static Result<std::shared_ptr<const Block>> parse(std::string contents);

  // Keys are entry keys (see parse_key()). The first keeps the block alive; for the second the
  // block must outlive the iterator, and threads that share the block do not share a count.
  static std::unique_ptr<EntryIterator> iterate(std::shared_ptr<const Block> block);
  static std::unique_ptr<EntryIterator> iterate(const Block& block);

  std::size_t memory() const { return contents_.capacity() + sizeof(*this); }

 private:
  friend class BlockIterator;
  Block(std::string contents, std::size_t restarts_at, std::uint32_t restart_count)
      : contents_(std::move(contents)), restarts_at_(restarts_at), restart_count_(restart_count) {}

  std::string_view entries() const { return std::string_view(contents_).substr(0, restarts_at_); }
  std::size_t restart(std::uint32_t index) const;

  const std::string contents_;
  const std::size_t restarts_at_;  // where the entries end
  const std::uint32_t restart_count_;
};

}  // namespace strata::lsm
