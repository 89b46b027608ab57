#include "shard/move_source.h"

#include <utility>

#include "base/assert.h"

namespace strata::shard {
namespace {

MoveSource::Actions answer(Outcome outcome) { return {MoveSource::Answer{{.outcome = outcome}}}; }

}  // namespace

// What this end keeps true: it serves as long as it is not fenced; a fence is durable before it is
// answered, and is lifted only for a later attempt; and a target that is told kDone for kBegin,
// kCopy or kChanges can rely on the notes since its attempt began.

MoveSource::Actions MoveSource::asked(const MoveRequest& request) {
  if (saving_ || draining_) return answer(Outcome::kLater);
  // TASK 5.5: say what becomes of the request. release() and fence() know more about theirs, and
  // begin() about a new attempt. Lost is every request but kRelease, if the keys are released, or
  // if it is of an earlier attempt; and every request that relies on notes, if they are not those
  // of its attempt, or of another life, or if notes_ is false. For the rest: AnswerWithEntries.
  if (request.kind == Ask::kRelease) return release(request.attempt);
  if (is_released() || request.attempt < record_.attempt) return answer(Outcome::kLost);
  if (request.kind == Ask::kBegin) return begin(request.attempt);
  if (request.attempt != record_.attempt || request.life != life_ || !notes_)
    return answer(Outcome::kLost);
  if (request.kind == Ask::kFence) return fence();
  return {AnswerWithEntries{}};
  // END TASK 5.5
}

MoveSource::Actions MoveSource::begin(std::uint64_t attempt) {
  const bool is_later = attempt > record_.attempt;
  // TASK 5.5: while it serves, it starts to note for this attempt, unless it does already: then the
  // first answer was lost. Once fenced, only a later attempt shows that the target will not take by
  // this one. Then the fence is lifted: a record with kServing and the new attempt is saved first.
  if (serves()) {
    if (!is_later && notes_)  // the first answer was lost
      return {Answer{{.outcome = Outcome::kDone, .life = life_}}};
    record_.attempt = attempt;
    return start_noting();
  }
  if (!is_later) return answer(Outcome::kLost);
  saving_ = SourceRecord{.stage = SourceStage::kServing, .attempt = attempt};
  return {Save{*saving_}};
  // END TASK 5.5
}

MoveSource::Actions MoveSource::start_noting() {
  notes_ = true;
  draining_ = true;
  return {Apply{.forget = true}};
}

MoveSource::Actions MoveSource::fence() {
  if (!serves()) return answer(Outcome::kDone);  // the first answer was lost
  saving_ = SourceRecord{.stage = SourceStage::kFenced, .attempt = record_.attempt};
  return {Save{*saving_}};
}

MoveSource::Actions MoveSource::release(std::uint64_t attempt) {
  if (is_released()) return answer(Outcome::kDone);
  if (serves() || attempt != record_.attempt) return answer(Outcome::kLost);  // no target asks this
  saving_ = SourceRecord{.stage = SourceStage::kReleased, .attempt = attempt};
  return {Save{*saving_}};
}

MoveSource::Actions MoveSource::saved() {
  STRATA_ASSERT(saving_);
  record_ = *std::exchange(saving_, std::nullopt);
  // TASK 5.5: what follows when such a record is durable. A fence is answered only when requests
  // that were let in before have ended; a release at once, and then the keys are dropped.
  switch (record_.stage) {
    case SourceStage::kServing:
      return start_noting();
    case SourceStage::kFenced:
      draining_ = true;
      return {Apply{}};
    case SourceStage::kReleased:
      notes_ = false;
      return {Answer{{.outcome = Outcome::kDone}}, Drop{}};
  }
  return {};
  // END TASK 5.5
}

MoveSource::Actions MoveSource::drained() {
  STRATA_ASSERT(draining_);
  draining_ = false;
  if (!notes_) return answer(Outcome::kLost);
  return {Answer{{.outcome = Outcome::kDone, .life = life_}}};
}

void MoveSource::check_invariants() const {
  STRATA_ASSERT(!saving_ || !draining_);
  STRATA_ASSERT(!notes_ || !is_released());
}

}  // namespace strata::shard
