// A node in a world: a store of week 3 on a simulated disk, and the services in front of it. Its
// power can be cut at any change of its disk, in the middle of whatever it does; its process can
// die or stand still; its clock can be wrong. When it has died, it starts again on what the disk
// has kept.
//
// Thread-safety: none; a world has one thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "compaction/engine.h"
#include "env/executor_worker.h"
#include "env/simulated_executor.h"
#include "net/server_protocol.h"
#include "net/store_service.h"
#include "net_world/traced_file_system.h"
#include "sim/disk.h"

namespace strata::world {

class Session;

enum class Drive {
  kInline,  // what a caller needs is done before the call returns
  kEvents,  // the work of the node is events of the world
};

class Node {
 public:
  // What a life of a node has. All of it outlives the service that is made of it.
  struct Life {
    Store& store;
    net::StoreService& service;
    env::Executor& executor;
    env::Entropy& entropy;
  };
  // Makes a service to stand in front of the store's own. Nullptr: it is not made yet, since the
  // power was cut meanwhile.
  using MakeFront = std::function<Result<std::unique_ptr<net::Service>>(const Life&)>;

  // Its name is "n1", if its number is 1. Requires: with a front, the drive is kEvents.
  Node(Shared& shared, std::uint64_t number, Drive drive, MakeFront make_front = nullptr);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  const std::string& name() const { return name_; }
  bool is_up() const { return (make_front_ ? bool(front_) : bool(service_)) && disk_.is_whole(); }
  // Each death ends a life. What belongs to an earlier one sends nothing more.
  std::uint64_t life() const { return life_; }

  // ---- For its sessions

  std::map<std::uint64_t, Session*>& sessions() { return sessions_; }  // by number
  env::TimePoint now() const { return clock_.now(); }                  // on its own clock
  env::Entropy& entropy() { return entropy_; }
  // As long as it stands still, sessions do nothing.
  bool is_paused() const { return shared_.now() < paused_until_; }
  env::TimePoint paused_until() const { return paused_until_; }
  // Requires: is_up(), or it has died within the event that runs.
  net::Service& service() { return front_ ? *front_ : *service_; }
  // Requires: is_up().
  Store& store() { return *store_; }
  net::Service* front() { return front_.get(); }
  const net::ServerProtocol::Settings& protocol() const { return protocol_; }
  // Whether answers come on the thread of the session that has asked, as the session sees it.
  bool answers_in_place() const { return drive_ == Drive::kInline; }
  // If a session's own thread does the work: when the disk has done what was asked of it so far.
  env::TimePoint take_busy_until();
  // The service is flushed once for all requests that arrive at this moment.
  void flush_later();

  // ---- Faults

  // The power is cut at the change number `changes` of the disk from now on, counted from 0; maybe
  // while the node starts.
  void cut_power(std::uint64_t changes, std::chrono::nanoseconds down);
  // The process dies now, if it is up. The system keeps what it has written.
  void kill(std::chrono::nanoseconds down);
  // The process stands still.
  void pause(std::chrono::nanoseconds time);
  // What else befalls its disk.
  sim::Disk& disk() { return disk_; }
  const sim::Disk& disk() const { return disk_; }
  // Its clock has so many percent of the right pace. Requires: not 0.
  void set_pace(std::uint64_t percent);
  // Nothing is broken any more. If its store does not go on by itself, it is started anew.
  void heal();

  // The world ends: it lets go of everything that belongs to others.
  void stop();

  void housekeep();
  // Requires: is_up().
  bool has_merged_tables() const;
  // Throws what a store throws if it is not whole, and Broken if the node holds too much.
  void check_invariants() const;

 private:
  void start();
  Result<void> open();
  std::chrono::nanoseconds yield() const;
  bool wants_to_be_opened_again() const;
  void die(std::chrono::nanoseconds down, std::string_view why);
  void end_life();
  void let_go();
  void check_what_it_holds() const;
  void note_tables() const;

  Shared& shared_;
  const std::string name_;
  const std::uint64_t number_;
  const Drive drive_;
  const MakeFront make_front_;
  const net::ServerProtocol::Settings protocol_;
  std::map<std::uint64_t, Session*> sessions_;  // of any life

  sim::Disk disk_;
  env::SkewedClock clock_;
  env::SeededEntropy entropy_;
  env::TimePoint paused_until_{};
  env::TimePoint busy_until_{};
  std::uint64_t life_ = 1;
  std::chrono::nanoseconds down_{0};           // how long, after its last death
  std::chrono::nanoseconds without_power_{0};  // how long, after the power cut that is to come

  std::optional<TracedFileSystem> files_;  // on disk_
  std::optional<env::SimulatedExecutor> executor_;
  std::unique_ptr<env::Workers> workers_;
  std::unique_ptr<lsm::LsmStore> store_;
  std::unique_ptr<net::StoreService> service_;
  std::unique_ptr<net::Service> front_;  // null: there is none
  bool flushes_ = false;
};

}  // namespace strata::world
