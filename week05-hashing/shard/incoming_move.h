// A move to this server: does what its MoveTarget wants.
//
// Thread-safety: belongs to the executor's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "shard/eraser.h"
#include "shard/move_parts.h"
#include "shard/move_target.h"
#include "shard/shard.pb.h"

namespace strata::shard {

class IncomingMove {
 public:
  struct Events {
    // From now on this server has the keys: make the ownership say so.
    std::function<void()> taken;
  };

  // `from`: the source. Lifetime: the references outlive this object.
  IncomingMove(const MoveParts& parts, const MoveName& name, Server from, PointSet points,
               const TargetRecord& record, Eraser& eraser, Events events);

  // Begins. Requires: called once.
  void start() { go_on(); }

  const PointSet& points() const { return points_; }
  bool serves() const { return machine_.serves(); }
  std::string_view stage() const;
  std::uint64_t entries() const { return entries_; }
  std::uint64_t bytes() const { return bytes_; }
  void check_invariants() const { machine_.check_invariants(); }

 private:
  void go_on();
  void erase();
  void send(const MoveRequest& request);
  void answered(const net::Response& response);
  void save(const TargetRecord& record);
  void saved(bool written);
  void later(std::chrono::nanoseconds pause);

  const MoveParts parts_;
  const MoveName name_;
  const Server from_;
  const PointSet points_;
  Eraser& eraser_;
  const Events events_;
  MoveTarget machine_;
  // The last one, until it is saved. What is being written refers to it, and may outlive the move.
  std::shared_ptr<const proto::MoveAnswer> answer_ = std::make_shared<proto::MoveAnswer>();
  env::TimePoint not_before_{};  // the next answer must not be asked for: the source is used enough
  std::uint64_t entries_ = 0;    // that have come, in all attempts
  std::uint64_t bytes_ = 0;
  env::Timer pause_;
  std::shared_ptr<IncomingMove*> me_ = std::make_shared<IncomingMove*>(this);
};

}  // namespace strata::shard
