#include "shard/moves.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace strata::shard {

Moves::Moves(const MoveParts& parts, OwnerService& owner, Records records,
             std::function<void(const MoveName&)> taken)
    : parts_(parts),
      owner_(owner),
      taken_(std::move(taken)),
      records_(std::move(records)),
      eraser_(parts.store, parts.service, parts.executor) {}

// Requests may hold an ownership for longer than this object lives.
Moves::~Moves() { owner_.publish(std::make_shared<const Ownership>()); }

void Moves::follow(const ClusterMap& map) {
  if (map.epoch == epoch_) return;
  STRATA_ASSERT(map.epoch > epoch_);
  const bool was_moving = !outgoing_.empty() || !incoming_.empty();
  outgoing_.clear();
  incoming_.clear();
  epoch_ = map.epoch;
  base_ = ring_of(map.servers).owned_by(parts_.self);
  const auto is_old = [&](const auto& record) { return record.first.epoch < epoch_; };
  const bool has_old_records = std::ranges::any_of(records_.sources, is_old) ||
                               std::ranges::any_of(records_.targets, is_old);
  PointSet mine = base_;
  for (const Transfer& move : map.moves())
    if (move.to == parts_.self) mine = mine | move.points;  // each move erases on its own
  if (was_moving || has_old_records) sweep(mine);
  if (map.next) begin(map);
  publish();
  for (const auto& [name, move] : incoming_) move->start();
}

// Begins the moves of this server, or goes on with them.
void Moves::begin(const ClusterMap& map) {
  for (const Transfer& move : map.moves()) {
    const MoveName name{map.epoch, move.from, move.to};
    if (move.from == parts_.self)
      outgoing_[name] = std::make_unique<OutgoingMove>(
          parts_, name, move.points, records_.sources[name],
          OutgoingMove::Events{
              .apply = [this](env::Task drained) { apply(std::move(drained)); },
              .drop = [this, points = move.points] { eraser_.erase(points, [] {}); }});
    if (move.to == parts_.self)
      incoming_[name] = std::make_unique<IncomingMove>(parts_, name, *map.find(move.from),
                                                       move.points, records_.targets[name], eraser_,
                                                       IncomingMove::Events{.taken = [this, name] {
                                                         publish();
                                                         taken_(name);
                                                       }});
  }
}

// The moves of an earlier map are over: removes the keys that are not on points of this server, and
// then the records of these moves. If it crashes before, it finds the records, and does this again.
void Moves::sweep(const PointSet& mine) {
  eraser_.erase(PointSet::all() - mine, [this, epoch = epoch_] {
    net::Delivery delivery;
    for (const auto& [name, record] : records_.sources)
      if (name.epoch < epoch) remove_records(name, delivery.entries);
    for (const auto& [name, record] : records_.targets)
      if (name.epoch < epoch) remove_records(name, delivery.entries);
    parts_.service.deliver(std::move(delivery), [](const Result<void>&) {});
  });
}

void Moves::asked(const MoveName& name, const MoveRequest& request,
                  OutgoingMove::Answered answered) {
  const auto found = outgoing_.find(name);
  if (found != outgoing_.end()) return found->second->asked(request, std::move(answered));
  // One of us has an old map.
  proto::MoveAnswer later;
  later.set_outcome(proto::MoveAnswer::LATER);
  answered(std::move(later));
}

// ---- Ownership

void Moves::publish() {
  auto ownership = std::make_shared<Ownership>();
  ownership->epoch = epoch_;
  ownership->serves = base_;
  for (const auto& [name, move] : outgoing_) {
    if (!move->serves()) ownership->serves = ownership->serves - move->points();
    if (auto changes = move->changes())
      ownership->leaving.push_back({move->points(), std::move(changes)});
  }
  for (const auto& [name, move] : incoming_)
    if (move->serves()) ownership->serves = ownership->serves | move->points();
  const std::uint64_t number = ++published_;
  alive_.insert(number);
  ownership->ended = [&executor = parts_.executor, me = std::weak_ptr(me_), number] {
    executor.post([me, number] {
      if (const auto moves = me.lock()) (*moves)->ended(number);
    });
  };
  owner_.publish(std::move(ownership));
}

void Moves::apply(env::Task drained) {
  publish();
  drains_.push_back({published_, std::move(drained)});
}

void Moves::ended(std::uint64_t ownership) {
  alive_.erase(ownership);
  std::vector<env::Task> over;
  std::erase_if(drains_, [&](Drain& drain) {
    if (*alive_.begin() < drain.number) return false;
    over.push_back(std::move(drain.then));
    return true;
  });
  for (env::Task& then : over) then();
}

// ---- Reports

std::vector<MoveName> Moves::taken() const {
  std::vector<MoveName> names;
  for (const auto& [name, move] : incoming_)
    if (move->serves()) names.push_back(name);
  return names;
}

std::vector<MoveProgress> Moves::progress() const {
  std::vector<MoveProgress> all;
  for (const auto& [name, move] : outgoing_)
    all.push_back({.name = name, .stage = std::string(move->stage())});
  for (const auto& [name, move] : incoming_)
    all.push_back({.name = name,
                   .stage = std::string(move->stage()),
                   .entries = move->entries(),
                   .bytes = move->bytes()});
  return all;
}

void Moves::check_invariants() const {
  STRATA_ASSERT(alive_.empty() || *alive_.rbegin() == published_);
  for (const auto& [name, move] : outgoing_) move->check_invariants();
  for (const auto& [name, move] : incoming_) move->check_invariants();
}

}  // namespace strata::shard
