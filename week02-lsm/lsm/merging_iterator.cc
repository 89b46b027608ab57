#include "lsm/merging_iterator.h"

#include <algorithm>

#include "base/not_written.h"  // what the starter throws

namespace strata::lsm {
namespace {

class MergingIterator final : public EntryIterator {
 public:
  explicit MergingIterator(std::vector<std::unique_ptr<EntryIterator>> sources)
      : sources_(std::move(sources)) {
    heap_.reserve(sources_.size());
  }

  bool valid() const override { return !heap_.empty(); }
  void seek_to_first() override {
    for (const auto& source : sources_) source->seek_to_first();
    gather(Direction::kForward);
  }
  void seek_to_last() override {
    for (const auto& source : sources_) source->seek_to_last();
    gather(Direction::kBackward);
  }
  void seek(const EntryKey& target) override {
    for (const auto& source : sources_) source->seek(target);
    gather(Direction::kForward);
  }
  void next() override;
  void prev() override;
  EntryKey key() const override { return heap_.front()->key(); }
  std::string_view value() const override { return heap_.front()->value(); }
  Result<void> status() const override {
    for (const auto& source : sources_) STRATA_TRY(source->status());
    return {};
  }

 private:
  enum class Direction { kForward, kBackward };

  // Whether `a` comes after `b` in the direction of the walk: heaps have their largest in
  // front.
  bool after(const EntryIterator* a, const EntryIterator* b) const {
    return direction_ == Direction::kForward ? b->key() < a->key() : a->key() < b->key();
  }
  auto order() const {
    return [this](const EntryIterator* a, const EntryIterator* b) { return after(a, b); };
  }
  // Makes a heap of the sources that stand at an entry; of none after an error.
  void gather(Direction direction);
  // Takes the source in front one entry on, and gives it its new place.
  void step();
  void turn_round(Direction direction);

  const std::vector<std::unique_ptr<EntryIterator>> sources_;
  std::vector<EntryIterator*> heap_;
  Direction direction_ = Direction::kForward;
};

void MergingIterator::gather(Direction direction) {
  direction_ = direction;
  heap_.clear();
  for (const auto& source : sources_) {
    if (source->valid()) {
      heap_.push_back(source.get());
    } else if (!source->status()) {
      return heap_.clear();
    }
  }
  std::ranges::make_heap(heap_, order());
}

void MergingIterator::step() {
  // TASK 2.6: only the source in front moves; all others stand where they should. Take it
  // off the heap before it moves, and put it back unless it has come to its end. If it
  // failed, nothing may be walked any further.
  std::ranges::pop_heap(heap_, order());
  EntryIterator* const source = heap_.back();
  if (direction_ == Direction::kForward)
    source->next();
  else
    source->prev();
  if (source->valid()) {
    std::ranges::push_heap(heap_, order());
    return;
  }
  heap_.pop_back();
  if (!source->status()) heap_.clear();
  // END TASK 2.6
}

// Going forwards every other source stands behind the current entry, going backwards
// before it.
void MergingIterator::turn_round(Direction direction) {
  // TASK 2.6: seek() takes each of the others to the first entry that is not less than the
  // current one, which is none of theirs; to go backwards each has to stand one before
  // that, at its last entry if there is none. Then gather().
  EntryIterator* const current = heap_.front();
  const EntryKey key = current->key();
  for (const auto& source : sources_) {
    if (source.get() == current) continue;
    source->seek(key);
    if (direction == Direction::kForward) continue;
    if (source->valid())
      source->prev();
    else if (source->status())
      source->seek_to_last();
  }
  gather(direction);
  // END TASK 2.6
}

void MergingIterator::next() {
  if (direction_ != Direction::kForward) turn_round(Direction::kForward);
  if (valid()) step();
}

void MergingIterator::prev() {
  if (direction_ != Direction::kBackward) turn_round(Direction::kBackward);
  if (valid()) step();
}

}  // namespace

std::unique_ptr<EntryIterator> merge(std::vector<std::unique_ptr<EntryIterator>> sources) {
  return std::make_unique<MergingIterator>(std::move(sources));
}

}  // namespace strata::lsm
