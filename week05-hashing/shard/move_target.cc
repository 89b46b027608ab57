#include "shard/move_target.h"

#include <utility>

#include "base/assert.h"

namespace strata::shard {

MoveTarget::MoveTarget(TargetRecord record) : record_(std::move(record)) { go_on(); }

// What this end keeps true: before it begins an attempt its record has that attempt; it takes only
// when the source is fenced for this attempt, and in one batch with the last changes.

// What a target wants that has just started, or whose record has just become durable.
void MoveTarget::go_on() {
  switch (record_.stage) {
    case TargetStage::kErasing:
      return begin_anew();
    case TargetStage::kCopying:
      return ask(Ask::kCopy);
    case TargetStage::kCatching:
      // When it has caught up, few changes can have come since.
      return ask(is_close_ && !is_fenced_ ? Ask::kFence : Ask::kChanges);
    case TargetStage::kTaken:
      return ask(Ask::kRelease);
    case TargetStage::kDone:
      want_ = Nothing{};
      return;
  }
}

void MoveTarget::begin_anew() {
  is_close_ = false;
  is_fenced_ = false;
  save({.stage = TargetStage::kErasing, .attempt = record_.attempt + 1});
}

void MoveTarget::ask(Ask kind) {
  want_ = Send{{.kind = kind,
                .attempt = record_.attempt,
                .life = record_.life,
                .after_key = kind == Ask::kCopy ? record_.after_key : std::string(),
                .after_number = kind == Ask::kChanges ? record_.number : 0}};
}

void MoveTarget::erased() {
  STRATA_ASSERT(std::holds_alternative<Erase>(want_));
  ask(Ask::kBegin);
}

void MoveTarget::answered(const MoveReply& reply) {
  STRATA_ASSERT(std::holds_alternative<Send>(want_));
  const Ask kind = std::get<Send>(want_).request.kind;
  if (reply.outcome == Outcome::kLater) return;  // it still wants to ask
  if (reply.outcome == Outcome::kLost) {
    if (!serves()) begin_anew();
    return;
  }
  // TASK 5.5: what the record says next, and what is asked for next. With the answer to kBegin it
  // notes the life of the source; behind the copy it catches up; the changes are caught_up()'s; the
  // fence is followed by the last changes.
  TargetRecord next = record_;
  switch (kind) {
    case Ask::kBegin:
      next.stage = TargetStage::kCopying;
      next.life = reply.life;
      return save(std::move(next));
    case Ask::kCopy:
      next.after_key = reply.last_key;
      if (reply.end) next.stage = TargetStage::kCatching;
      return save(std::move(next));
    case Ask::kChanges:
      return caught_up(reply);
    case Ask::kFence:
      is_fenced_ = true;
      return ask(Ask::kChanges);
    case Ask::kRelease:
      next.stage = TargetStage::kDone;
      return save(std::move(next));
  }
  // END TASK 5.5
}

// The changes up to reply.number are there; they are to be saved.
void MoveTarget::caught_up(const MoveReply& reply) {
  // TASK 5.5: note whether it is close to the source; and take the keys if it has all changes and
  // there will be no more.
  TargetRecord next = record_;
  next.number = reply.number;
  is_close_ = reply.end;
  if (is_fenced_ && reply.end) next.stage = TargetStage::kTaken;
  save(std::move(next));
  // END TASK 5.5
}

void MoveTarget::saved() {
  STRATA_ASSERT(std::holds_alternative<Save>(want_));
  record_ = std::get<Save>(want_).record;
  if (record_.stage == TargetStage::kErasing)
    want_ = Erase{};
  else
    go_on();
}

void MoveTarget::check_invariants() const {
  STRATA_ASSERT(!is_fenced_ || record_.stage >= TargetStage::kCatching);
  STRATA_ASSERT(record_.attempt > 0 || record_.stage == TargetStage::kErasing);
}

}  // namespace strata::shard
