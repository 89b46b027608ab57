#include "lsm/merging_iterator.h"

#include <utility>

namespace strata::lsm {
namespace {

// A source and its current key. The key is read once per step, not at every comparison.
struct Source {
  std::unique_ptr<EntryIterator> entries;
  EntryKey key;
};

class MergingIterator final : public EntryIterator {
 public:
  explicit MergingIterator(std::vector<std::unique_ptr<EntryIterator>> sources) {
    for (auto& source : sources) sources_.push_back({.entries = std::move(source), .key = {}});
    heap_.reserve(sources_.size());
  }

  bool valid() const override { return !heap_.empty(); }
  void seek_to_first() override {
    for (const Source& source : sources_) source.entries->seek_to_first();
    gather(Direction::kForward);
  }
  void seek_to_last() override {
    for (const Source& source : sources_) source.entries->seek_to_last();
    gather(Direction::kBackward);
  }
  void seek(const EntryKey& target) override {
    for (const Source& source : sources_) source.entries->approach(target);
    for (const Source& source : sources_) source.entries->seek(target);
    gather(Direction::kForward);
  }
  void next() override;
  void prev() override;
  EntryKey key() const override { return heap_.front()->key; }
  std::string_view value() const override { return heap_.front()->entries->value(); }
  Result<void> status() const override {
    for (const Source& source : sources_) STRATA_TRY(source.entries->status());
    return {};
  }

 private:
  enum class Direction { kForward, kBackward };

  // True if `a` comes before `b` in the direction of the walk.
  bool before(const Source* a, const Source* b) const {
    return direction_ == Direction::kForward ? a->key < b->key : b->key < a->key;
  }
  // Makes a heap of all valid sources. If a source has an error, the heap is empty.
  void gather(Direction direction);
  // Moves the front source by one entry, and gives it its new place in the heap.
  void step();
  // Lets the source at `place` sink until neither of the two below it comes before it.
  void sink(std::size_t place);
  void turn_round(Direction direction);

  std::vector<Source> sources_;
  std::vector<Source*> heap_;  // heap_[i] comes before heap_[2 i + 1] and heap_[2 i + 2]
  Direction direction_ = Direction::kForward;
};

void MergingIterator::gather(Direction direction) {
  direction_ = direction;
  heap_.clear();
  for (Source& source : sources_) {
    if (source.entries->valid()) {
      source.key = source.entries->key();
      heap_.push_back(&source);
    } else if (!source.entries->status()) {
      return heap_.clear();
    }
  }
  for (std::size_t place = heap_.size() / 2; place-- > 0;) sink(place);
}

void MergingIterator::sink(std::size_t place) {
  for (;;) {
    std::size_t first = 2 * place + 1;
    if (first >= heap_.size()) return;
    if (first + 1 < heap_.size() && before(heap_[first + 1], heap_[first])) ++first;
    if (!before(heap_[first], heap_[place])) return;
    std::swap(heap_[place], heap_[first]);
    place = first;
  }
}

void MergingIterator::step() {
  // TASK 2.6: move only the source at the front of the heap, in the direction of the walk; the
  // others are in the right place. If it is still valid, store its new key and let it sink to its
  // new place. If it has ended, replace it by the last source of the heap, and let that one sink.
  // If it has failed (its status() is an error), the walk must end: empty the heap.
  Source* const front = heap_.front();
  if (direction_ == Direction::kForward)
    front->entries->next();
  else
    front->entries->prev();
  if (front->entries->valid()) {
    front->key = front->entries->key();
  } else {
    if (!front->entries->status()) return heap_.clear();
    heap_.front() = heap_.back();
    heap_.pop_back();
  }
  sink(0);
  // END TASK 2.6
}

// In a forward walk every other source stands after the current entry, in a backward walk before
// it. This moves the others to the other side.
void MergingIterator::turn_round(Direction direction) {
  // TASK 2.6: seek() moves each other source to its first entry after the current one (no two
  // entries are equal). To go backwards, it must stand one entry before that: call prev(). If it
  // has no entry after the current one, it is not valid, and prev() must not be called: move it to
  // its last entry. Do not move a source that has failed, nor the current source. Then call
  // gather(), which ends the walk if a source has failed.
  const Source* const current = heap_.front();
  for (const Source& source : sources_) {
    if (&source == current) continue;
    source.entries->seek(current->key);
    if (direction == Direction::kForward) continue;
    if (source.entries->valid())
      source.entries->prev();
    else if (source.entries->status())
      source.entries->seek_to_last();
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
