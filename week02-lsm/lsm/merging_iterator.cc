#include "lsm/merging_iterator.h"

#include <utility>

#include "base/not_written.h"  // what the starter throws

namespace strata::lsm {
namespace {

// A source, and the key it stands at: asked for once a step, not once a comparison.
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

  // Whether `a` comes before `b` in the direction of the walk.
  bool before(const Source* a, const Source* b) const {
    return direction_ == Direction::kForward ? a->key < b->key : b->key < a->key;
  }
  // Makes a heap of the sources that stand at an entry; of none after an error.
  void gather(Direction direction);
  // Takes the source in front one entry on, and gives it its new place.
  void step();
  // Lets the source at `place` sink to where none of the two below it comes before it.
  void sink(std::size_t place);
  void turn_round(Direction direction);

  std::vector<Source> sources_;
  std::vector<Source*> heap_;  // each comes before the two at 2 i + 1 and 2 i + 2
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
  // TASK 2.6: only the source in front moves; all others stand where they should. It takes
  // its new key along and sinks to its new place. If it has come to its end, the last of the
  // heap takes its place; if it failed, nothing may be walked any further.
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

// Going forwards every other source stands behind the current entry, going backwards
// before it.
void MergingIterator::turn_round(Direction direction) {
  // TASK 2.6: seek() takes each of the others to the first entry that is not less than the
  // current one, which is none of theirs; to go backwards each has to stand one before
  // that, at its last entry if there is none. Then gather().
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
