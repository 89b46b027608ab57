// A move away from this server: does what its MoveSource says.
//
// Thread-safety: belongs to the executor's thread; an answer is given on any thread.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "shard/move_parts.h"
#include "shard/move_source.h"
#include "shard/ownership.h"
#include "shard/shard.pb.h"

namespace strata::shard {

class OutgoingMove {
 public:
  using Answered = std::move_only_function<void(proto::MoveAnswer)>;

  struct Events {
    // Make the ownership what this move and all others say, and call `drained` when all requests
    // that were let in under earlier ones have been answered.
    std::function<void(env::Task drained)> apply;
    // The keys belong to the target: remove them.
    std::function<void()> drop;
  };

  // Lifetime: the references in `parts` outlive this object.
  OutgoingMove(const MoveParts& parts, const MoveName& name, PointSet points,
               const SourceRecord& record, Events events);
  // Tells a target that waits to ask again.
  ~OutgoingMove();
  OutgoingMove(const OutgoingMove&) = delete;
  OutgoingMove& operator=(const OutgoingMove&) = delete;

  // Calls `answered` once.
  void asked(const MoveRequest& request, Answered answered);

  const PointSet& points() const { return points_; }
  bool serves() const { return machine_.serves(); }
  // Null: no changes are to be noted.
  std::shared_ptr<ChangeLog> changes() const {
    return machine_.notes_changes() && machine_.serves() ? changes_ : nullptr;
  }
  std::string_view stage() const;
  void check_invariants() const { machine_.check_invariants(); }

 private:
  void go_on(const MoveSource::Actions& actions);
  void save(const SourceRecord& record);
  void answer_with_entries(const MoveRequest& request, Answered answered);

  const MoveParts parts_;
  const MoveName name_;
  const PointSet points_;
  const Events events_;
  MoveSource machine_;
  std::shared_ptr<ChangeLog> changes_ = std::make_shared<ChangeLog>();
  MoveRequest request_;  // that the machine works on
  Answered answered_;
  env::Timer again_;
  std::shared_ptr<OutgoingMove*> me_ = std::make_shared<OutgoingMove*>(this);
};

}  // namespace strata::shard
