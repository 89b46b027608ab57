#include "net_world/node.h"

#include <utility>

#include "sim/subject.h"

namespace strata::world {
namespace {

constexpr std::chrono::microseconds kDiskCall{100};

// Small, so that a world of seconds flushes, merges, and begins new segments.
compaction::EngineOptions small_engine() {
  compaction::EngineOptions engine;
  engine.store.memtable_bytes = 4'000;
  engine.store.log = {.segment_bytes = 4096, .preallocate = 1024};
  engine.levelled = {.level0_tables = 2,
                     .level1_bytes = 8'000,
                     .multiplier = 3,
                     .table_bytes = 3'000,
                     .max_overlap = 3};
  return engine;
}

template <class T>
T need(Result<T> result, const char* what) {
  if (result) return *std::move(result);
  throw sim::Broken("it opens again", std::string(what) + ": " + result.error().message);
}

}  // namespace

Node::Node(Shared& shared, Drive drive)
    : shared_(shared),
      drive_(drive),
      protocol_{.identity = {.cluster_id = "simulated", .secret = "a secret"},
                .limits = {.connection_requests = 3},
                .durable = [this] { return service_->durable(); },
                .told = [this] { return service_->limits(); }},
      random_(shared.stream(kDisks)) {
  for (const char* kind : {"power cut", "killed", "slow disk", "tables merged", "flush"})
    shared_.probes.expect(kind);
  start();
}

void Node::start() {
  disk_->on_change([this] { disk_has_changed(); });
  set_costs();
  files_.emplace(*disk_, shared_);
  if (drive_ == Drive::kInline) {
    workers_ = std::make_unique<env::InlineWorkers>(shared_.queue.clock());
  } else {
    executor_.emplace(shared_.queue, 4, [this] { return disk_->take_busy_time(); });
    workers_ = std::make_unique<env::ExecutorWorkers>(*executor_);
  }
  compaction::EngineOptions engine = small_engine();
  engine.store.clock = &shared_.queue.clock();
  engine.store.entropy = &shared_.entropy;
  engine.store.workers = workers_.get();
  auto store =
      need(lsm::LsmStore::open(*files_, "/store", compaction::engine(engine)), "the store");
  auto service = need(
      net::StoreService::open(
          *store,
          {.workers = workers_.get(), .scans = {.page_bytes = 300, .entropy = &shared_.entropy}},
          shared_.queue.clock()),
      "the service");
  store_ = std::move(store);
  service_ = std::move(service);
}

void Node::set_costs() {
  for (const env::DiskCall call :
       {env::DiskCall::kRead, env::DiskCall::kWrite, env::DiskCall::kSync, env::DiskCall::kNames})
    disk_->set_cost(call, {.fixed = kDiskCall * slowness_});
}

void Node::flush_later() {
  if (std::exchange(flushes_, true)) return;
  shared_.queue.add(shared_.now(), this, [this] {
    flushes_ = false;
    service_->flush();
  });
}

void Node::cut_power(std::uint64_t changes, std::chrono::nanoseconds down) {
  if (left_) return;  // it is just dying
  until_cut_ = changes;
  down_ = down;
}

// What the node still does before the call returns happens on a disk that nobody will see; what it
// has sent before may arrive.
void Node::disk_has_changed() {
  if (!until_cut_ || left_ || (*until_cut_)-- > 0) return;
  shared_.probes.hit("power cut");
  die(disk_->after_power_cut({.data = env::Unsynced::kSubset,
                              .names = env::Unsynced::kSubset,
                              .seed = random_.next()}),
      down_);
}

void Node::kill(std::chrono::nanoseconds down) {
  if (!is_up()) return;
  shared_.probes.hit("killed");
  die(disk_->after_process_death(), down);
}

void Node::die(Disk left, std::chrono::nanoseconds down) {
  until_cut_.reset();
  ++life_;
  shared_.note("death", {});
  left_ = std::move(left);
  down_ = down;
  shared_.queue.add(shared_.now(), this, [this] { end_life(); });
}

void Node::end_life() {
  if (store_) {
    if (store_->version().table_count() > 0) shared_.probes.hit("flush");
    if (has_merged_tables()) shared_.probes.hit("tables merged");
  }
  if (executor_) executor_->stop();
  shared_.queue.cancel_all(this);
  flushes_ = false;
  service_.reset();
  store_.reset();
  workers_.reset();
  executor_.reset();
  files_.reset();
  disk_ = std::move(left_);
  shared_.queue.add(shared_.now() + down_, this, [this] { start(); });
}

void Node::slow_disk(int times) {
  shared_.probes.hit("slow disk");
  slowness_ = times;
  set_costs();
}

void Node::heal() {
  until_cut_.reset();
  slowness_ = 1;
  set_costs();
}

void Node::housekeep() {
  if (is_up()) service_->housekeep();
}

bool Node::has_merged_tables() const {
  const lsm::Version version = store_->version();
  return version.table_count() > version.levels[0].size();
}

void Node::check_invariants() const {
  if (!is_up()) return;
  store_->check_invariants();
  service_->check_invariants();
}

}  // namespace strata::world
