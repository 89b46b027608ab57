// A node in a world: a store of week 3 on a simulated disk, and the service in front of it. Its
// power can be cut at any change of its disk, in the middle of whatever it does; its process can
// die. Then it starts again on what the disk has kept.
//
// Thread-safety: none; a world has one thread.
#pragma once

#include <memory>
#include <optional>

#include "compaction/engine.h"
#include "env/executor_worker.h"
#include "env/simulated_executor.h"
#include "env/simulated_file_system.h"
#include "net/server_protocol.h"
#include "net/store_service.h"
#include "net_world/traced_file_system.h"

namespace strata::world {

enum class Drive {
  kInline,  // what a caller needs is done before the call returns
  kEvents,  // the work of the node is events of the world
};

class Node {
 public:
  Node(Shared& shared, Drive drive);
  ~Node() { shared_.queue.cancel_all(this); }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  bool is_up() const { return service_ && !left_; }
  // Each death ends a life. What belongs to an earlier one sends nothing more.
  std::uint64_t life() const { return life_; }

  // ---- For the sessions of this node. Requires: is_up().
  net::StoreService& service() { return *service_; }
  const net::ServerProtocol::Settings& protocol() const { return protocol_; }
  // Whether answers come on the thread of the session that has asked, as the session sees it.
  bool answers_in_place() const { return drive_ == Drive::kInline; }
  // The service is flushed once for all requests that arrive at this moment.
  void flush_later();

  // ---- Faults

  // The power is cut at the change number `changes` of the disk from now on, counted from 0; maybe
  // while the node starts.
  void cut_power(std::uint64_t changes, std::chrono::nanoseconds down);
  // The process dies now, if it is up. The system keeps what it has written.
  void kill(std::chrono::nanoseconds down);
  // Each call to the disk takes so many times as long.
  void slow_disk(int times);
  // No power is cut any more, and the disk is as fast as at first.
  void heal();

  void housekeep();
  // Requires: is_up().
  bool has_merged_tables() const;
  // Throws what a store throws if it is not whole.
  void check_invariants() const;

 private:
  using Disk = std::unique_ptr<env::SimulatedFileSystem>;

  void start();
  void set_costs();
  void disk_has_changed();
  void die(Disk left, std::chrono::nanoseconds down);
  void end_life();

  Shared& shared_;
  const Drive drive_;
  const net::ServerProtocol::Settings protocol_;
  env::Random random_;

  std::uint64_t life_ = 1;
  Disk disk_ = std::make_unique<env::SimulatedFileSystem>();
  Disk left_;  // what a death has left of it
  std::chrono::nanoseconds down_{0};
  std::optional<std::uint64_t> until_cut_;  // changes of the disk
  int slowness_ = 1;

  std::optional<TracedFileSystem> files_;  // on disk_
  std::optional<env::SimulatedExecutor> executor_;
  std::unique_ptr<env::Workers> workers_;
  std::unique_ptr<lsm::LsmStore> store_;
  std::unique_ptr<net::StoreService> service_;
  bool flushes_ = false;
};

}  // namespace strata::world
