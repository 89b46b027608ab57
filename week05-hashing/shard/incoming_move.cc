#include "shard/incoming_move.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "net/hidden_keys.h"
#include "shard/kinds.h"

namespace strata::shard {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPatience{5000};  // for an answer of the source
constexpr milliseconds kAfterFailure{200};
constexpr milliseconds kAfterLater{10};

proto::MoveRequest message_of(const MoveName& name, const MoveRequest& request) {
  proto::MoveRequest message;
  message.set_kind(static_cast<proto::MoveRequest::Kind>(request.kind));
  message.set_epoch(name.epoch);
  message.set_from(name.from.value());
  message.set_to(name.to.value());
  message.set_attempt(request.attempt);
  message.set_life(request.life);
  message.set_after_key(request.after_key);
  message.set_after_number(request.after_number);
  return message;
}

MoveReply reply_from(const proto::MoveAnswer& message) {
  return {.outcome = static_cast<Outcome>(message.outcome()),
          .life = message.life(),
          .last_key = message.last_key(),
          .end = message.end(),
          .number = message.number()};
}

std::size_t size_of(const proto::MoveAnswer& answer) {
  std::size_t bytes = 0;
  for (const proto::MovedEntry& entry : answer.entries())
    bytes += entry.key().size() + entry.value().size();
  return bytes;
}

// Token records are taken over, and entries written. The batch refers to `answer`.
net::Delivery delivery_of(const proto::MoveAnswer& answer) {
  net::Delivery delivery;
  for (const proto::MovedEntry& entry : answer.entries()) {
    if (const auto client = net::client_of(entry.key())) {
      if (entry.has_value()) delivery.tokens.push_back({*client, entry.value()});
    } else if (!net::is_hidden(entry.key())) {
      delivery.entries.refer_to({entry.has_value() ? OperationKind::kPut : OperationKind::kDelete,
                                 entry.key(), entry.value()});
    }
  }
  return delivery;
}

}  // namespace

IncomingMove::IncomingMove(const MoveParts& parts, const MoveName& name, Server from,
                           PointSet points, const TargetRecord& record, Eraser& eraser,
                           Events events)
    : parts_(parts),
      name_(name),
      from_(std::move(from)),
      points_(std::move(points)),
      eraser_(eraser),
      events_(std::move(events)),
      machine_(record) {}

void IncomingMove::go_on() {
  const MoveTarget::Want& want = machine_.wants();
  if (std::holds_alternative<MoveTarget::Erase>(want)) return erase();
  if (const auto* to_send = std::get_if<MoveTarget::Send>(&want)) return send(to_send->request);
  if (const auto* to_save = std::get_if<MoveTarget::Save>(&want)) return save(to_save->record);
}

void IncomingMove::erase() {
  eraser_.erase(points_, [me = std::weak_ptr(me_)] {
    const auto alive = me.lock();
    if (!alive) return;
    (*alive)->machine_.erased();
    (*alive)->go_on();
  });
}

void IncomingMove::send(const MoveRequest& request) {
  const env::TimePoint now = parts_.executor.now();
  if (now < not_before_) return later(not_before_ - now);
  net::Request message = net::extend(kMove, message_of(name_, request));
  message.set_addressee(from_.id.value());
  parts_.peers.call(from_, std::move(message), now + kPatience,
                    [&executor = parts_.executor, me = std::weak_ptr(me_)](net::Response response) {
                      executor.post([me, response = std::move(response)] {
                        if (const auto alive = me.lock()) (*alive)->answered(response);
                      });
                    });
}

void IncomingMove::answered(const net::Response& response) {
  const auto answer = std::make_shared<proto::MoveAnswer>();
  if (!net::unpack(response, *answer)) return later(kAfterFailure);
  const MoveReply reply = reply_from(*answer);
  if (reply.outcome == Outcome::kLater) return later(kAfterLater);
  answer_ = answer;
  const std::size_t bytes = size_of(*answer);
  entries_ += static_cast<std::uint64_t>(answer->entries_size());
  bytes_ += bytes;
  not_before_ = parts_.executor.now() +
                std::chrono::nanoseconds(bytes * 1'000'000'000 / parts_.limits.bytes_a_second);
  machine_.answered(reply);
  go_on();
}

// A part of the copy that a crash loses is asked for again. Changes are not: the source forgets
// those that the target asks to go on behind.
void IncomingMove::save(const TargetRecord& record) {
  net::Delivery delivery = delivery_of(*answer_);
  delivery.durable = record.stage != TargetStage::kCopying;
  add_record(name_, record, delivery.entries);
  parts_.service.deliver(std::move(delivery), [&executor = parts_.executor, me = std::weak_ptr(me_),
                                               answer = answer_](const Result<void>& outcome) {
    executor.post([me, written = outcome.has_value()] {
      if (const auto alive = me.lock()) (*alive)->saved(written);
    });
  });
}

void IncomingMove::saved(bool written) {
  if (!written) return later(kAfterFailure);
  answer_ = std::make_shared<proto::MoveAnswer>();
  const bool served = machine_.serves();
  machine_.saved();
  if (machine_.serves() && !served) events_.taken();
  go_on();
}

void IncomingMove::later(std::chrono::nanoseconds pause) {
  pause_ = parts_.executor.at(parts_.executor.now() + pause, [this] { go_on(); });
}

std::string_view IncomingMove::stage() const {
  switch (machine_.record().stage) {
    case TargetStage::kErasing:
      return "erasing";
    case TargetStage::kCopying:
      return "copying";
    case TargetStage::kCatching:
      return "catching up";
    case TargetStage::kTaken:
      return "taken";
    case TargetStage::kDone:
      return "done";
  }
  return "";
}

}  // namespace strata::shard
