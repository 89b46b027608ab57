#include "shard/outgoing_move.h"

#include <chrono>
#include <exception>
#include <utility>

#include "base/thrown.h"
#include "net/hidden_keys.h"

namespace strata::shard {
namespace {

constexpr std::chrono::milliseconds kPause{200};  // after an error of the store

proto::MoveAnswer message_of(const MoveReply& reply) {
  proto::MoveAnswer message;
  message.set_outcome(static_cast<proto::MoveAnswer::Outcome>(reply.outcome));
  message.set_life(reply.life);
  message.set_last_key(reply.last_key);
  message.set_end(reply.end);
  message.set_number(reply.number);
  return message;
}

// Returns how many bytes that adds.
std::size_t add_entry(std::string_view key, const std::optional<std::string_view>& value,
                      proto::MoveAnswer& answer) {
  proto::MovedEntry& entry = *answer.add_entries();
  entry.set_key(key.data(), key.size());
  if (value) entry.set_value(value->data(), value->size());
  return key.size() + (value ? value->size() : 0);
}

// The keys behind `after`, as they are now: those on `points`, and the token records.
Result<proto::MoveAnswer> copy_of(Store& store, const PointSet& points, const std::string& after,
                                  const MoveLimits& limits) try {
  proto::MoveAnswer answer = message_of({.outcome = Outcome::kDone, .last_key = after});
  const std::string from = after.empty() ? after : after + '\0';
  STRATA_TRY(const auto cursor, store.scan({.range = {.from = from, .to = std::nullopt}}));
  std::size_t bytes = 0;
  for (std::size_t looked_at = 0; looked_at < limits.page_keys && bytes < limits.page_bytes;
       ++looked_at) {
    STRATA_TRY(const auto entry, cursor->next());
    answer.set_end(!entry);
    if (!entry) break;
    answer.set_last_key(std::string(entry->key));
    const bool moves = net::is_hidden(entry->key) ? net::client_of(entry->key).has_value()
                                                  : points.contains(hashing::point_of(entry->key));
    if (moves) bytes += add_entry(entry->key, entry->value, answer);
  }
  return answer;
} catch (const std::exception& thrown) {
  return error_of_read(thrown);
}

Result<proto::MoveAnswer> values_of(Store& store, const ChangeLog::Changes& changes,
                                    std::uint64_t after, const MoveLimits& limits) try {
  proto::MoveAnswer answer = message_of({.outcome = Outcome::kDone, .number = after});
  std::size_t bytes = 0;
  for (const auto& [number, key] : changes.changes) {
    if (bytes >= limits.page_bytes) return answer;
    STRATA_TRY(const auto value, store.get(key));
    bytes += add_entry(key, value, answer);
    answer.set_number(number);
  }
  answer.set_end(changes.end);
  return answer;
} catch (const std::exception& thrown) {
  return error_of_read(thrown);
}

}  // namespace

OutgoingMove::OutgoingMove(const MoveParts& parts, const MoveName& name, PointSet points,
                           const SourceRecord& record, Events events)
    : parts_(parts),
      name_(name),
      points_(std::move(points)),
      events_(std::move(events)),
      machine_(record, parts.entropy.nonzero_bits()) {
  if (machine_.is_released()) events_.drop();  // it may have been at that when it crashed
}

OutgoingMove::~OutgoingMove() {
  if (answered_) answered_(message_of({.outcome = Outcome::kLater}));
}

void OutgoingMove::asked(const MoveRequest& request, Answered answered) {
  if (changes_->is_lost()) machine_.lose();
  const MoveSource::Actions actions = machine_.asked(request);
  // While the machine is at work, it tells others to come later.
  if (const auto* later = std::get_if<MoveSource::Answer>(&actions.front());
      later && actions.size() == 1)
    return answered(message_of(later->reply));
  request_ = request;
  answered_ = std::move(answered);
  go_on(actions);
}

void OutgoingMove::go_on(const MoveSource::Actions& actions) {
  for (const MoveSource::Action& action : actions) {
    if (const auto* to_save = std::get_if<MoveSource::Save>(&action)) save(to_save->record);
    if (const auto* to_apply = std::get_if<MoveSource::Apply>(&action)) {
      if (to_apply->forget) changes_ = std::make_shared<ChangeLog>();
      events_.apply([me = std::weak_ptr(me_)] {
        if (const auto alive = me.lock()) (*alive)->go_on((*alive)->machine_.drained());
      });
    }
    if (const auto* answer = std::get_if<MoveSource::Answer>(&action))
      std::exchange(answered_, nullptr)(message_of(answer->reply));
    if (std::holds_alternative<MoveSource::AnswerWithEntries>(action))
      answer_with_entries(request_, std::exchange(answered_, nullptr));
    if (std::holds_alternative<MoveSource::Drop>(action)) events_.drop();
  }
}

void OutgoingMove::save(const SourceRecord& record) {
  net::Delivery delivery{.entries = {}, .tokens = {}, .durable = true};
  add_record(name_, record, delivery.entries);
  parts_.service.deliver(std::move(delivery), [&executor = parts_.executor, me = std::weak_ptr(me_),
                                               record](const Result<void>& outcome) {
    executor.post([me, record, saved = outcome.has_value()] {
      const auto alive = me.lock();
      if (!alive) return;
      OutgoingMove& self = **alive;
      if (saved) return self.go_on(self.machine_.saved());
      self.again_ = self.parts_.executor.at(self.parts_.executor.now() + kPause,
                                            [&self, record] { self.save(record); });
    });
  });
}

void OutgoingMove::answer_with_entries(const MoveRequest& request, Answered answered) {
  const bool copies = request.kind == Ask::kCopy;
  ChangeLog::Changes changes;
  if (!copies) changes = changes_->after(request.after_number, parts_.limits.page_changes);
  if (changes_->is_lost()) return answered(message_of({.outcome = Outcome::kLost}));
  parts_.service.read([&store = parts_.store, limits = parts_.limits, points = points_, request,
                       copies, changes = std::move(changes),
                       answered = std::move(answered)]() mutable {
    auto answer = copies ? copy_of(store, points, request.after_key, limits)
                         : values_of(store, changes, request.after_number, limits);
    // After an error of the store the target asks again.
    answered(answer ? *std::move(answer) : message_of({.outcome = Outcome::kLater}));
  });
}

std::string_view OutgoingMove::stage() const {
  switch (machine_.record().stage) {
    case SourceStage::kFenced:
      return "fenced";
    case SourceStage::kReleased:
      return "released";
    case SourceStage::kServing:
      return machine_.notes_changes() ? "sending" : "waiting";
  }
  return "";
}

}  // namespace strata::shard
