// The contents of one block, for searching and walking. Format: block_builder.h.
//
// The code trusts no number in a block. If no builder can have written the bytes, an iterator
// becomes invalid with kCorruption. It never reads outside of the block.
//
// Thread-safety: many threads may read a block at the same time; an iterator has one owner.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "lsm/entry_iterator.h"

namespace strata::lsm {

class Block {
  struct Parsed {};  // only parse() makes a block

 public:
  // Errors: kCorruption if the restarts do not fit into the contents.
  static Result<std::shared_ptr<const Block>> parse(std::string contents);

  // Bytes of memory that the block takes, with its contents.
  std::size_t memory() const { return contents_.capacity() + sizeof(*this); }

  // Prefetches the bytes that a search reads first.
  void prefetch() const {
    __builtin_prefetch(contents_.data());
    __builtin_prefetch(contents_.data() + restarts_at_);
  }

  Block(Parsed, std::string contents, std::size_t restarts_at, std::uint32_t restart_count)
      : contents_(std::move(contents)), restarts_at_(restarts_at), restart_count_(restart_count) {}

 private:
  friend class BlockIterator;
  std::string_view entries() const { return std::string_view(contents_).substr(0, restarts_at_); }
  std::size_t restart(std::uint32_t index) const;

  const std::string contents_;
  const std::size_t restarts_at_;  // where the entries end
  const std::uint32_t restart_count_;
};

// Walks a block whose keys are entry keys (see parse_key()). The class is final, so code that uses
// it by this name makes no virtual calls.
class BlockIterator final : public EntryIterator {
 public:
  explicit BlockIterator(std::shared_ptr<const Block> block) : block_(std::move(block)) {}

  bool valid() const override { return valid_; }
  void seek_to_first() override { go_to_restart(0) && read_next(); }
  void seek_to_last() override;
  void seek(const EntryKey& target) override;
  void next() override { read_next(); }
  void prev() override;
  EntryKey key() const override { return parsed_; }
  std::string_view value() const override { return value_; }
  Result<void> status() const override { return status_; }

 private:
  // The next three return true if the iterator can go on.
  bool go_to_restart(std::uint32_t index);
  bool read_next();  // reads the entry at next_at_; not valid() after the last one
  bool broken(std::string_view what);
  void set_key(std::size_t shared, std::string_view rest);
  std::uint32_t last_restart_before(const EntryKey& target);
  void read_up_to(std::size_t end);

  const std::shared_ptr<const Block> block_;
  bool valid_ = false;
  std::size_t at_ = 0;       // where the current entry begins
  std::size_t next_at_ = 0;  // and the next
  std::string_view key_;     // a view into the block if the key is whole there, else into joined_
  std::string joined_;
  EntryKey parsed_;  // views key_
  std::string_view value_;
  Result<void> status_;
};

}  // namespace strata::lsm
