#include "lsm/memtable.h"

namespace strata::lsm {
namespace {

class MemtableIterator final : public EntryIterator {
 public:
  MemtableIterator(std::shared_ptr<const Memtable> table, const SkipList& list)
      : table_(std::move(table)), it_(list) {}

  bool valid() const override { return it_.valid(); }
  void seek_to_first() override { it_.seek_to_first(); }
  void seek_to_last() override { it_.seek_to_last(); }
  void seek(const EntryKey& target) override { it_.seek(target); }
  void next() override { it_.next(); }
  void prev() override { it_.prev(); }
  EntryKey key() const override { return it_.key(); }
  std::string_view value() const override { return it_.value(); }
  Result<void> status() const override { return {}; }

 private:
  const std::shared_ptr<const Memtable> table_;
  SkipList::Iterator it_;
};

}  // namespace

void Memtable::add(SequenceNumber sequence, const Operation& operation) {
  filter_.add(hash_of(operation.key));
  list_.insert(EntryKey(operation.key, sequence, operation.kind), operation.value);
  count(operation.kind);
}

std::optional<VersionView> Memtable::get(std::string_view user_key, SequenceNumber sequence) const {
  if (!filter_.may_contain(hash_of(user_key))) return std::nullopt;
  return search(user_key, sequence);
}

std::optional<VersionView> Memtable::search(std::string_view user_key,
                                            SequenceNumber sequence) const {
  // TASK 2.2: find the first entry at or after EntryKey::visible_at(). If it belongs to this user
  // key, it is the version that the reader sees: return its kind and its value. A deletion is a
  // version too, and an empty value is a value. If it belongs to another key, or if there is none,
  // return nullopt.
  SkipList::Iterator it(list_);
  it.seek(EntryKey::visible_at(user_key, sequence));
  if (!it.valid() || it.key().user_key != user_key) return std::nullopt;
  return VersionView{it.key().kind(), it.value()};
  // END TASK 2.2
}

SkipList::Iterator Memtable::begin() const {
  SkipList::Iterator it(list_);
  it.seek_to_first();
  return it;
}

std::unique_ptr<EntryIterator> Memtable::iterate(std::shared_ptr<const Memtable> table) {
  const SkipList& list = table->list_;
  return std::make_unique<MemtableIterator>(std::move(table), list);
}

}  // namespace strata::lsm
