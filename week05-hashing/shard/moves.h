// Carries out what the two ends of the moves decide (move_source.h, move_target.h), and keeps the
// server's ownership.
//
// Thread-safety: belongs to the executor's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "env/executor.h"
#include "env/random.h"
#include "shard/eraser.h"
#include "shard/incoming_move.h"
#include "shard/outgoing_move.h"
#include "shard/owner_service.h"
#include "shard/peers.h"
#include "shard/records.h"

namespace strata::shard {

// For people: how far a move is at this server.
struct MoveProgress {
  MoveName name;
  std::string stage;  // "copying", for example
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
};

class Moves {
 public:
  // Lifetime: all references outlive this object, and `owner` may have what it has published for
  // longer. `taken` is called when this server has taken over the keys of a move, and for each map
  // again.
  Moves(const MoveParts& parts, OwnerService& owner, Records records,
        std::function<void(const MoveName&)> taken);
  ~Moves();
  Moves(const Moves&) = delete;
  Moves& operator=(const Moves&) = delete;

  // From now on this map holds. Requires: it is in the server's records, and its epoch is not lower
  // than that of the map before.
  void follow(const ClusterMap& map);

  // A target asks.
  void asked(const MoveName& name, const MoveRequest& request, OutgoingMove::Answered answered);

  // The incoming moves that have taken the keys.
  std::vector<MoveName> taken() const;
  std::vector<MoveProgress> progress() const;
  // It has removed what it does not own.
  bool is_tidy() const { return eraser_.is_idle(); }
  void check_invariants() const;

 private:
  struct Drain {
    std::uint64_t number;  // of the ownership; all before it must have ended
    env::Task then;
  };

  void begin(const ClusterMap& map);
  void end_all(const ClusterMap& map);
  void sweep(const PointSet& mine);
  void apply(env::Task drained);
  void publish();
  void ended(std::uint64_t ownership);

  const MoveParts parts_;
  OwnerService& owner_;
  const std::function<void(const MoveName&)> taken_;
  Records records_;  // of the moves: those of the disk when this object was made
  Eraser eraser_;
  std::uint64_t epoch_ = 0;
  PointSet base_;  // what it owns by the map, without the moves
  std::map<MoveName, std::unique_ptr<OutgoingMove>> outgoing_;
  std::map<MoveName, std::unique_ptr<IncomingMove>> incoming_;
  std::uint64_t published_ = 0;    // ownerships
  std::set<std::uint64_t> alive_;  // those that requests still hold, and the last one
  std::vector<Drain> drains_;
  std::shared_ptr<Moves*> me_ = std::make_shared<Moves*>(this);
};

}  // namespace strata::shard
