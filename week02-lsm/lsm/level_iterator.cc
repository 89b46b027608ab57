#include "lsm/level_iterator.h"

#include <algorithm>

namespace strata::lsm {
namespace {

class LevelIterator final : public EntryIterator {
 public:
  LevelIterator(std::shared_ptr<const OpenLevel> level, Caching caching)
      : level_(std::move(level)), caching_(caching) {}

  bool valid() const override { return table_ && table_->valid(); }
  void seek_to_first() override {
    if (open_table(0)) table_->seek_to_first();
    skip_forward();
  }
  void seek_to_last() override {
    if (open_table(level_->size() - 1)) table_->seek_to_last();
    skip_backward();
  }
  void approach(const EntryKey& target) override {
    if (go_to_table_of(target)) table_->approach(target);
  }
  void seek(const EntryKey& target) override {
    if (go_to_table_of(target)) table_->seek(target);
    skip_forward();
  }
  void next() override {
    table_->next();
    skip_forward();
  }
  void prev() override {
    table_->prev();
    skip_backward();
  }
  EntryKey key() const override { return table_->key(); }
  std::string_view value() const override { return table_->value(); }
  Result<void> status() const override { return table_ ? table_->status() : Result<void>(); }

 private:
  bool go_to_table_of(const EntryKey& target) {
    const auto found = first_not_before(*level_, target.user_key);
    return open_table(static_cast<std::size_t>(found - level_->begin()));
  }
  // Moves to table `at`. Returns false if there is none, or if the walk has failed.
  bool open_table(std::size_t at) {
    if (table_ && at == at_) return true;
    if (!status()) return false;
    at_ = at;
    table_ = at < level_->size() ? Table::iterate((*level_)[at].table, caching_) : nullptr;
    return table_ != nullptr;
  }
  void skip_forward() {
    while (table_ && !table_->valid() && table_->status())
      if (open_table(at_ + 1)) table_->seek_to_first();
  }
  void skip_backward() {
    while (table_ && !table_->valid() && table_->status())
      if (open_table(at_ - 1)) table_->seek_to_last();  // there is none before the first
  }

  const std::shared_ptr<const OpenLevel> level_;
  const Caching caching_;
  std::size_t at_ = 0;
  std::unique_ptr<EntryIterator> table_;  // null: outside of the level, or not yet placed
};

}  // namespace

OpenLevel::const_iterator first_not_before(const OpenLevel& level, std::string_view user_key) {
  return std::ranges::lower_bound(level, user_key, {}, &OpenTable::largest);
}

std::unique_ptr<EntryIterator> concatenate(std::shared_ptr<const OpenLevel> level,
                                           Caching caching) {
  return std::make_unique<LevelIterator>(std::move(level), caching);
}

}  // namespace strata::lsm
