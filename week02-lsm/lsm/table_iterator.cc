// Walks a table: a place in the index, and a place in the block of this index entry.
#include "lsm/block.h"
#include "lsm/table.h"

namespace strata::lsm {

class TableIterator final : public EntryIterator {
 public:
  TableIterator(std::shared_ptr<const Table> table, Caching caching)
      : table_(std::move(table)), caching_(caching) {}

  bool valid() const override { return block_ && block_->valid(); }
  void seek_to_first() override {
    if (open_block(0)) block_->seek_to_first();
    skip_forward();
  }
  void seek_to_last() override {
    if (open_block(table_->index_.size() - 1)) block_->seek_to_last();
    skip_backward();
  }
  void approach(const EntryKey& target) override { go_to_block_of(target); }
  void seek(const EntryKey& target) override {
    if (go_to_block_of(target)) block_->seek(target);
    skip_forward();
  }
  void next() override {
    block_->next();
    skip_forward();
  }
  void prev() override {
    block_->prev();
    skip_backward();
  }
  EntryKey key() const override { return block_->key(); }
  std::string_view value() const override { return block_->value(); }
  Result<void> status() const override {
    if (!status_) return status_;
    if (block_ && !block_->status())
      return table_->damaged(table_->index_.handle(at_).offset, block_->status().error().message);
    return {};
  }

 private:
  // Moves to the block that may hold `target`. Returns false as open_block() does.
  bool go_to_block_of(const EntryKey& target) {
    const std::size_t at = table_->index_.find(target);
    if (block_ && at == at_ && block_->status()) return true;
    return open_block(at);
  }
  // Opens block `at`. Returns false if there is none, and after an error.
  bool open_block(std::size_t at) {
    block_.reset();
    at_ = at;
    if (!status_ || at >= table_->index_.size()) return false;
    // A long walk does not need its blocks again soon: leave the cache to others.
    const BlockHandle& handle = table_->index_.handle(at);
    const bool long_walk = ahead_.step > kLongWalk && ahead_.leads_to(handle.offset);
    auto block =
        table_->read_block(handle, Reach::kDisk, &ahead_, long_walk ? Caching::kLeave : caching_);
    if (!block) {
      status_ = std::move(block).error();
      return false;
    }
    (*block)->prefetch();
    block_.emplace(*std::move(block));
    return true;
  }
  // At the end of a block, moves to the next one.
  void skip_forward() {
    while (block_ && !block_->valid() && block_->status())
      if (open_block(at_ + 1)) block_->seek_to_first();
  }
  void skip_backward() {
    while (block_ && !block_->valid() && block_->status())
      if (open_block(at_ - 1)) block_->seek_to_last();  // there is none before the first
  }

  static constexpr std::size_t kLongWalk = std::size_t{32} << 10;  // by the size of its reads

  const std::shared_ptr<const Table> table_;
  const Caching caching_;
  std::size_t at_ = 0;  // the block in the index
  std::optional<BlockIterator> block_;
  Table::Ahead ahead_;
  Result<void> status_;
};

std::unique_ptr<EntryIterator> Table::iterate(std::shared_ptr<const Table> table, Caching caching) {
  return std::make_unique<TableIterator>(std::move(table), caching);
}

// Checks the parts that a search does not read: the properties, and a filter that this reader does
// not use.
Result<void> Table::verify_the_rest() const {
  STRATA_TRY(read_contents(footer_.properties));
  if (footer_.filter.size > 0) STRATA_TRY(read_contents(footer_.filter));
  return {};
}

Result<std::uint64_t> Table::verify() const {
  TableReadOptions uncached = options_;
  uncached.cache = nullptr;
  STRATA_TRY(auto table, open(fs_, path_.parent_path(), id_, file_size_, uncached));
  STRATA_TRY(table->verify_the_rest());
  const auto it = iterate(std::move(table), Caching::kLeave);
  std::uint64_t entries = 0;
  for (it->seek_to_first(); it->valid(); it->next()) ++entries;
  STRATA_TRY(it->status());
  return entries;
}

}  // namespace strata::lsm
