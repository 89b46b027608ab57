// A node in a simulated world: a store of week 3 on a simulated disk, and the service in front of
// it. Its power can be cut at any change of its disk, in the middle of whatever it does; then it
// starts again on what the disk has kept.
//
// Thread-safety: none; a world has one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "compaction/engine.h"
#include "env/executor_worker.h"
#include "env/random.h"
#include "env/simulated_executor.h"
#include "env/simulated_file_system.h"
#include "need.h"
#include "net/server_protocol.h"
#include "net/store_service.h"
#include "traced_file_system.h"

namespace strata::net {

// What all parts of a world have in common.
struct SimulatedWorld {
  explicit SimulatedWorld(std::uint64_t seed) : random(seed), entropy(seed) {}

  env::TimePoint now() const { return queue.now(); }
  env::TimePoint within(std::chrono::microseconds most) {
    return now() +
           std::chrono::microseconds(random.below(static_cast<std::uint64_t>(most.count()) + 1));
  }

  env::Random random;
  env::SeededEntropy entropy;
  std::string trace;  // all that two equal runs have in common
  env::EventQueue queue;
};

enum class Drive {
  kInline,    // what a caller needs is done before the call returns
  kExecutor,  // the work of the node is events of the world
};

class SimulatedNode {
 public:
  SimulatedNode(SimulatedWorld& world, Drive drive) : world_(world), drive_(drive) { start(); }
  ~SimulatedNode() { world_.queue.cancel_all(this); }
  SimulatedNode(const SimulatedNode&) = delete;
  SimulatedNode& operator=(const SimulatedNode&) = delete;

  bool is_up() const { return service_ && !left_; }
  // Each power cut ends a life. What belongs to an earlier one sends nothing more.
  std::uint64_t life() const { return life_; }
  bool has_merged_tables() const {
    const lsm::Version version = store_->version();
    return version.table_count() > version.levels[0].size();
  }

  // For the sessions of this node. Requires: is_up().
  StoreService& service() { return *service_; }
  const ServerProtocol::Settings& protocol() const { return protocol_; }
  // Whether answers come on the thread of the session that has asked, as the session sees it.
  bool answers_in_place() const { return drive_ == Drive::kInline; }
  // The service is flushed once for all requests that arrive at this moment.
  void flush_later() {
    if (std::exchange(flushes_, true)) return;
    world_.queue.add(world_.now(), this, [this] {
      flushes_ = false;
      service_->flush();
    });
  }

  void housekeep() {
    if (is_up()) service_->housekeep();
  }
  // The power is cut at the change number `changes` of the disk from now on, counted from 0.
  void cut_power_after(std::uint64_t changes) { until_cut_ = changes; }
  void keep_power() { until_cut_.reset(); }

 private:
  void start() {
    disk_->on_change([this] { disk_has_changed(); });
    for (const env::DiskCall call :
         {env::DiskCall::kRead, env::DiskCall::kWrite, env::DiskCall::kSync, env::DiskCall::kNames})
      disk_->set_cost(call, {.fixed = std::chrono::microseconds(100)});
    if (drive_ == Drive::kInline) {
      workers_ = std::make_unique<env::InlineWorkers>(world_.queue.clock());
    } else {
      executor_.emplace(world_.queue, 4, [this] { return disk_->take_busy_time(); });
      workers_ = std::make_unique<env::ExecutorWorkers>(*executor_);
    }
    files_.emplace(*disk_, world_.trace);
    compaction::EngineOptions engine;
    engine.store.memtable_bytes = 4'000;
    engine.store.log = {.segment_bytes = 4096, .preallocate = 1024};
    engine.levelled = {.level0_tables = 2,
                       .level1_bytes = 8'000,
                       .multiplier = 3,
                       .table_bytes = 3'000,
                       .max_overlap = 3};
    engine.store.clock = &world_.queue.clock();
    engine.store.entropy = &world_.entropy;
    engine.store.workers = workers_.get();
    store_ = need(lsm::LsmStore::open(*files_, "/store", compaction::engine(engine)));
    service_ = need(StoreService::open(
        *store_,
        {.workers = workers_.get(), .scans = {.page_bytes = 300, .entropy = &world_.entropy}},
        world_.queue.clock()));
  }

  // Sometimes the power is cut now. What the node still does before the call returns happens on a
  // disk that nobody will see; what it has sent before may arrive.
  void disk_has_changed() {
    if (!until_cut_ || (*until_cut_)-- > 0) return;
    until_cut_.reset();
    ++life_;
    world_.trace += "power cut\n";
    left_ = disk_->after_power_cut({.data = env::Unsynced::kSubset,
                                    .names = env::Unsynced::kSubset,
                                    .seed = world_.random.next()});
    world_.queue.add(world_.now(), this, [this] { lose_power(); });
  }

  void lose_power() {
    if (executor_) executor_->stop();
    world_.queue.cancel_all(this);
    flushes_ = false;
    service_.reset();
    store_.reset();
    workers_.reset();
    executor_.reset();
    files_.reset();
    disk_ = std::move(left_);
    world_.queue.add(world_.within(std::chrono::milliseconds(60)), this, [this] { start(); });
  }

  SimulatedWorld& world_;
  const Drive drive_;
  const ServerProtocol::Settings protocol_{
      .identity = {.cluster_id = "simulated", .secret = "a secret"},
      .limits = {.connection_requests = 3},
      .durable = [this] { return service_->durable(); },
      .told = [this] { return service_->limits(); }};

  std::uint64_t life_ = 1;
  std::unique_ptr<env::SimulatedFileSystem> disk_ = std::make_unique<env::SimulatedFileSystem>();
  std::unique_ptr<env::SimulatedFileSystem> left_;  // what a power cut has left of it
  std::optional<std::uint64_t> until_cut_;          // changes
  std::optional<TracedFileSystem> files_;
  std::optional<env::SimulatedExecutor> executor_;
  std::unique_ptr<env::Workers> workers_;
  std::unique_ptr<lsm::LsmStore> store_;
  std::unique_ptr<StoreService> service_;
  bool flushes_ = false;
};

}  // namespace strata::net
