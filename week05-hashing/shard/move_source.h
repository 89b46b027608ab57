// The source's end of a move (move.h): decides what to do about each request of the target. It
// serves the keys until it is fenced.
//
// Pure: events go in, and actions come out, which the owner carries out in order. Copies are equal
// if they will do the same. Thread-safety: none; one owner.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "shard/move.h"

namespace strata::shard {

class MoveSource {
 public:
  // ---- Actions

  // Make this record durable, and then say saved(). Nothing else is asked for before.
  struct Save {
    SourceRecord record;
    friend bool operator==(const Save&, const Save&) = default;
  };
  // From now on do what serves() and notes_changes() say; and when all requests that began before
  // have ended, say drained(). With `forget`, what was noted before counts no more.
  struct Apply {
    bool forget = false;
    friend bool operator==(const Apply&, const Apply&) = default;
  };
  // Answer the request.
  struct Answer {
    MoveReply reply;
    friend bool operator==(const Answer&, const Answer&) = default;
  };
  // Answer the request with keys, or with changes.
  struct AnswerWithEntries {
    friend bool operator==(const AnswerWithEntries&, const AnswerWithEntries&) = default;
  };
  // Delete the keys. They belong to the target.
  struct Drop {
    friend bool operator==(const Drop&, const Drop&) = default;
  };
  using Action = std::variant<Save, Apply, Answer, AnswerWithEntries, Drop>;
  using Actions = std::vector<Action>;

  // `record`: as the disk has it. `life`: random, other than in any earlier life of the source.
  MoveSource(SourceRecord record, std::uint64_t life) : record_(record), life_(life) {}

  // ---- Events

  Actions asked(const MoveRequest& request);
  Actions saved();
  Actions drained();
  // There was no room for what has changed.
  void lose() { notes_ = false; }

  // Whether clients get answers about these keys.
  bool serves() const { return record_.stage == SourceStage::kServing; }
  // Whether each change must be noted.
  bool notes_changes() const { return notes_; }
  bool is_released() const { return record_.stage == SourceStage::kReleased; }
  const SourceRecord& record() const { return record_; }
  void check_invariants() const;

  friend bool operator==(const MoveSource&, const MoveSource&) = default;

 private:
  Actions begin(std::uint64_t attempt);
  Actions fence();
  Actions release(std::uint64_t attempt);
  Actions start_noting();

  SourceRecord record_;
  std::uint64_t life_;
  bool notes_ = false;  // since the attempt in record_ began, without a gap
  // What is under way:
  std::optional<SourceRecord> saving_ = {};
  bool draining_ = false;
};

}  // namespace strata::shard
