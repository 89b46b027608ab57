#include "lsm/version_cursor.h"

#include <string>

namespace strata::lsm {
namespace {

// The walk over all versions. Counts its steps.
class Walk {
 public:
  explicit Walk(std::unique_ptr<EntryIterator> entries) : entries_(std::move(entries)) {}

  bool valid() const { return entries_->valid(); }
  void seek_to_last() { entries_->seek_to_last(); }
  void seek(const EntryKey& target) { entries_->seek(target); }
  void next() {
    ++steps_;
    entries_->next();
  }
  void prev() {
    ++steps_;
    entries_->prev();
  }
  EntryKey key() const { return entries_->key(); }
  std::string_view value() const { return entries_->value(); }
  Result<void> status() const { return entries_->status(); }
  std::uint64_t steps() const { return steps_; }

 private:
  const std::unique_ptr<EntryIterator> entries_;
  std::uint64_t steps_ = 0;
};

class VersionCursor : public Cursor {
 public:
  VersionCursor(std::unique_ptr<EntryIterator> entries, SequenceNumber sequence,
                const ScanOptions& options, std::function<void(std::uint64_t)> on_end)
      : Cursor(options.reverse),
        entries_(std::move(entries)),
        sequence_(sequence),
        range_(options.range),
        left_(options.limit),
        on_end_(std::move(on_end)) {}
  ~VersionCursor() override {
    if (on_end_ && entries_.steps() > shown_) on_end_(entries_.steps() - shown_);
  }

  Result<std::optional<Entry>> next() final {
    if (left_ == 0) return std::nullopt;
    if (!begun_) begin();
    begun_ = true;
    return show(advance());
  }

  Result<std::optional<Entry>> seek(std::string_view key) final {
    if (left_ == 0) return std::nullopt;
    go_to(key);
    begun_ = true;
    return show(advance());
  }

 protected:
  // Each of these prepares for advance(): to find the first key of the range, or the first one at
  // `key` or behind it.
  virtual void begin() = 0;
  virtual void go_to(std::string_view key) = 0;
  // Moves to the next key that the reader sees. Returns false after the last one.
  virtual bool advance() = 0;
  virtual Entry current() const = 0;

  Walk& entries() { return entries_; }
  const Walk& entries() const { return entries_; }
  const KeyRange& range() const { return range_; }
  bool may_see(const EntryKey& key) const { return key.sequence() <= sequence_; }

 private:
  Result<std::optional<Entry>> show(bool found) {
    // An error makes the walk invalid, perhaps between two versions of a key.
    if (!entries_.valid()) STRATA_TRY(entries_.status());
    if (!found) {
      left_ = 0;
      return std::nullopt;
    }
    --left_;
    ++shown_;
    return current();
  }

  Walk entries_;
  const SequenceNumber sequence_;
  const KeyRange range_;
  std::uint64_t left_;
  std::uint64_t shown_ = 0;
  const std::function<void(std::uint64_t)> on_end_;
  bool begun_ = false;
};

// A cursor in ascending order. `entries()` stands at the entry that the cursor shows.
class ForwardCursor final : public VersionCursor {
 public:
  using VersionCursor::VersionCursor;

 private:
  void begin() override { go_to(range().from); }
  void go_to(std::string_view key) override {
    entries().seek(
        EntryKey::visible_at(std::max<std::string_view>(key, range().from), kMaxSequence));
    any_done_ = false;
  }
  bool advance() override;
  Entry current() const override { return {entries().key().user_key, entries().value()}; }

  bool in_range() const {
    return entries().valid() && (!range().to || entries().key().user_key < *range().to);
  }

  std::string done_;  // the key whose remaining versions must be skipped
  bool any_done_ = false;
};

bool ForwardCursor::advance() {
  // TASK 2.7: move to the next entry that the reader sees, and return true; return false if there
  // is none in_range(). The newest version of a key comes first. Skip versions that are too new
  // (may_see() is false). The first version that is left decides: a put is shown, a deletion is
  // not. In both cases skip the key's other versions: done_ and any_done_ record the key. When this
  // is called again, entries() still stands at the entry that was shown last.
  if (any_done_ && entries().valid()) entries().next();
  for (; in_range(); entries().next()) {
    const EntryKey key = entries().key();
    if (!may_see(key) || (any_done_ && key.user_key == done_)) continue;
    done_.assign(key.user_key);
    any_done_ = true;
    if (key.kind() == OperationKind::kPut) return true;
  }
  return false;
  // END TASK 2.7
}

// A cursor in descending order. It meets the oldest version of a key first, so it must read all
// versions of a key to know what to show. It copies the result, and then stands at the key before.
class ReverseCursor final : public VersionCursor {
 public:
  using VersionCursor::VersionCursor;

 private:
  void begin() override;
  void go_to(std::string_view key) override;
  void go_before(std::string_view key);
  bool advance() override;
  Entry current() const override { return {key_, value_}; }

  std::string key_;
  std::string value_;
};

void ReverseCursor::begin() {
  if (range().to)
    go_before(*range().to);
  else
    entries().seek_to_last();
}

// To the last version of `key` or of a smaller key: to the entry before the next possible key.
void ReverseCursor::go_to(std::string_view key) {
  if (range().to && key >= *range().to) return begin();
  go_before(std::string(key) + '\0');
}

void ReverseCursor::go_before(std::string_view key) {
  entries().seek(EntryKey::visible_at(key, kMaxSequence));
  if (entries().valid())
    entries().prev();
  else if (entries().status())
    entries().seek_to_last();
}

bool ReverseCursor::advance() {
  while (entries().valid() && entries().key().user_key >= range().from) {
    key_.assign(entries().key().user_key);
    bool there = false;
    for (; entries().valid() && entries().key().user_key == key_; entries().prev()) {
      const EntryKey key = entries().key();
      if (!may_see(key)) continue;
      there = key.kind() == OperationKind::kPut;
      if (there) value_.assign(entries().value());
    }
    if (there) return true;
  }
  return false;
}

}  // namespace

std::unique_ptr<Cursor> visible_entries(std::unique_ptr<EntryIterator> entries,
                                        SequenceNumber sequence, const ScanOptions& options,
                                        std::function<void(std::uint64_t)> on_end) {
  if (options.reverse)
    return std::make_unique<ReverseCursor>(std::move(entries), sequence, options,
                                           std::move(on_end));
  return std::make_unique<ForwardCursor>(std::move(entries), sequence, options, std::move(on_end));
}

}  // namespace strata::lsm
