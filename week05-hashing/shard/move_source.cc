#include "shard/move_source.h"

#include <utility>

#include "base/assert.h"

namespace strata::shard {
namespace {

MoveSource::Actions answer(Outcome outcome) { return {MoveSource::Answer{{.outcome = outcome}}}; }

}  // namespace

// TASK 5.5: the two ends of a move, see move.h. This one must keep true: it serves as long as it is
// not fenced; a fence is durable before it is answered, and lifted only for a later attempt; and
// whoever is told kDone for kBegin, kCopy or kChanges can rely on notes_ since the attempt began.
MoveSource::Actions MoveSource::asked(const MoveRequest& request) {
  if (saving_ || draining_) return answer(Outcome::kLater);
  if (request.kind == Ask::kRelease) return release(request.attempt);
  if (is_released() || request.attempt < record_.attempt) return answer(Outcome::kLost);
  if (request.kind == Ask::kBegin) return begin(request.attempt);
  if (request.attempt != record_.attempt || request.life != life_ || !notes_)
    return answer(Outcome::kLost);
  if (request.kind == Ask::kFence) return fence();
  return {AnswerWithEntries{}};
}

MoveSource::Actions MoveSource::begin(std::uint64_t attempt) {
  const bool is_later = attempt > record_.attempt;
  if (serves()) {
    if (!is_later && notes_)  // the first answer was lost
      return {Answer{{.outcome = Outcome::kDone, .life = life_}}};
    record_.attempt = attempt;
    return start_noting();
  }
  // Fenced. Only a later attempt shows that the target will not take by this one.
  if (!is_later) return answer(Outcome::kLost);
  saving_ = SourceRecord{.stage = SourceStage::kServing, .attempt = attempt};
  return {Save{*saving_}};
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
}

MoveSource::Actions MoveSource::drained() {
  STRATA_ASSERT(draining_);
  draining_ = false;
  if (!notes_) return answer(Outcome::kLost);
  return {Answer{{.outcome = Outcome::kDone, .life = life_}}};
}
// END TASK 5.5

void MoveSource::check_invariants() const {
  STRATA_ASSERT(!saving_ || !draining_);
  STRATA_ASSERT(!notes_ || !is_released());
}

}  // namespace strata::shard
