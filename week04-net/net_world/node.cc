#include "net_world/node.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "net_world/session.h"

namespace strata::world {
namespace {

constexpr std::chrono::nanoseconds kAgain = std::chrono::milliseconds(200);  // it is started again

// What a node may hold. Files: of the log, the manifest, and tables in use; scans that their
// clients have given up use theirs until their lease is over.
constexpr std::uint64_t kMostFiles = 150;
constexpr std::size_t kMostBytes = 100'000;  // of requests and answers

// Small, so that a world of seconds flushes, merges, and begins new segments.
compaction::EngineOptions small_engine() {
  compaction::EngineOptions engine;
  engine.store.memtable_bytes = 2'000;
  engine.store.tables = {.block_size = 200, .restart_interval = 4};
  engine.store.log = {.segment_bytes = 4096, .preallocate = 1024};
  engine.levelled = {.level0_tables = 2,
                     .level1_bytes = 1'500,
                     .multiplier = 2,
                     .table_bytes = 500,
                     .max_overlap = 3};
  return engine;
}

}  // namespace

Node::Node(Shared& shared, std::uint64_t number, Drive drive, MakeFront make_front)
    : shared_(shared),
      name_(fmt::format("n{}", number)),
      number_(number),
      drive_(drive),
      make_front_(std::move(make_front)),
      protocol_{.identity = {.cluster_id = "simulated", .secret = "a secret"},
                .limits = {.connection_requests = 3},
                .durable = [this] { return service().durable(); },
                .told = [this] { return service().limits(); }},
      disk_([this] { return shared_.draw(kDisks, number_).next(); },
            [this] {
              shared_.probes.hit("power cut");
              die(without_power_, "lost its power");
            }),
      clock_(shared.queue.clock()),
      entropy_(shared.root.split(kNodes).split(number).next()) {
  for (const char* kind : {"power cut", "killed", "paused", "clock out of pace",
                           "the disk has failed", "starts again later", "tables merged", "flush"})
    shared_.probes.expect(kind);
  shared_.disks.push_back(&disk_);
  shared_.observer.lane(name_, "node");
  start();
}

// The service answers whom it still owes something; nobody is there.
Node::~Node() {
  ++life_;
  shared_.queue.cancel_all(this);
  shared_.queue.cancel_all(&flushes_);
}

void Node::start() {
  files_.emplace(disk_.files(), shared_);
  if (drive_ == Drive::kInline) {
    workers_ = std::make_unique<env::InlineWorkers>(clock_);
  } else {
    executor_.emplace(
        shared_.queue, 4, [this] { return disk_.files().take_busy_time(); },
        [this] { return yield(); }, &clock_);
    workers_ = std::make_unique<env::ExecutorWorkers>(*executor_);
  }
  const auto opened = open();
  if (!disk_.is_whole()) return;  // its power was cut meanwhile
  if (opened) {
    shared_.observer.state(name_, "up", "serves");
  } else if (disk_.is_damaged() || ((disk_.has_failed() || disk_.may_be_full()) &&
                                    opened.error().code != ErrorCode::kCorruption)) {
    shared_.probes.hit("starts again later");
    disk_.process_dies();
    die(kAgain, fmt::format("could not open its store: {}", opened.error().message));
  } else {
    throw sim::Broken("it opens again", opened.error().message);
  }
}

Result<void> Node::open() {
  compaction::EngineOptions engine = small_engine();
  engine.store.clock = &clock_;
  engine.store.entropy = &entropy_;
  engine.store.workers = workers_.get();
  STRATA_TRY(auto store, lsm::LsmStore::open(*files_, "/store", compaction::engine(engine)));
  STRATA_TRY(service_, net::StoreService::open(*store,
                                               {.workers = workers_.get(),
                                                .scans = {.page_bytes = 300, .entropy = &entropy_}},
                                               clock_));
  store_ = std::move(store);
  if (make_front_) {
    STRATA_TRY(front_, make_front_({*store_, *service_, *executor_, entropy_}));
  }
  return {};
}

// Now and then its thread does something else first.
std::chrono::nanoseconds Node::yield() const {
  env::Random random = shared_.draw(kNodes, number_);
  return std::chrono::microseconds(random.one_in(4) ? random.below(300) : 0);
}

env::TimePoint Node::take_busy_until() {
  busy_until_ = std::max(busy_until_, shared_.now());
  if (drive_ == Drive::kInline) busy_until_ += disk_.files().take_busy_time();
  return busy_until_;
}

void Node::flush_later() {
  if (std::exchange(flushes_, true)) return;
  shared_.queue.add(shared_.now(), &flushes_, [this] {
    flushes_ = false;
    service().flush();
  });
}

void Node::cut_power(std::uint64_t changes, std::chrono::nanoseconds down) {
  disk_.cut_power_after(changes);
  if (disk_.is_whole()) without_power_ = down;
}

void Node::kill(std::chrono::nanoseconds down) {
  if (!is_up()) return;
  shared_.probes.hit("killed");
  disk_.process_dies();
  die(down, "was killed");
}

// What it still does before the call returns, nobody will see; what it has sent may arrive.
void Node::die(std::chrono::nanoseconds down, std::string_view why) {
  ++life_;
  down_ = down;
  shared_.note("death", {});
  shared_.observer.state(name_, "down", why);
  shared_.queue.add(shared_.now(), this, [this] { end_life(); });
}

void Node::end_life() {
  if (store_) {
    if (store_->version().table_count() > 0) shared_.probes.hit("flush");
    if (has_merged_tables()) shared_.probes.hit("tables merged");
    note_tables();
  }
  if (disk_.has_failed()) shared_.probes.hit("the disk has failed");
  let_go();
  disk_.come_back();
  shared_.queue.add(shared_.now() + down_, this, [this] { start(); });
}

void Node::let_go() {
  if (executor_) executor_->stop();
  shared_.queue.cancel_all(this);
  shared_.queue.cancel_all(&flushes_);
  flushes_ = false;
  paused_until_ = {};
  busy_until_ = {};
  front_.reset();
  service_.reset();
  store_.reset();
  workers_.reset();
  executor_.reset();
  files_.reset();
}

void Node::stop() {
  ++life_;
  let_go();
}

void Node::pause(std::chrono::nanoseconds time) {
  if (!is_up()) return;
  shared_.probes.hit("paused");
  shared_.observer.state(name_, "paused", "stands still");
  paused_until_ = std::max(paused_until_, shared_.now() + time);
  if (executor_) executor_->pause_until(paused_until_);
  shared_.queue.postpone_all(&flushes_, paused_until_);
  for (const auto& [number, session] : sessions_) session->pause_until(paused_until_);
  shared_.queue.add(paused_until_, this, [this] {
    if (!is_paused()) shared_.observer.state(name_, "up", "goes on");
  });
}

void Node::set_pace(std::uint64_t percent) {
  shared_.probes.hit("clock out of pace");
  clock_.drift((static_cast<std::int64_t>(percent) - 100) * 10'000);
}

void Node::heal() {
  disk_.heal();
  clock_.drift(0);
  if (is_up() && wants_to_be_opened_again()) kill(kAgain);
}

// After a write that failed, always; after a read that failed, if it says so. A disk that was full
// is no reason.
bool Node::wants_to_be_opened_again() const {
  if (disk_.has_failed_to_write()) return true;
  const auto stats = store_->stats();
  return disk_.has_failed(env::DiskCall::kRead) && stats &&
         std::ranges::find(*stats, "last_background_error", &Stat::name) != stats->end();
}

void Node::housekeep() {
  if (is_up() && !is_paused()) service().housekeep();
}

void Node::note_tables() const {
  const lsm::Version version = store_->version();
  shared_.probes.saw_size("tables at a node", version.table_count());
  shared_.probes.saw_size("levels with tables",
                          static_cast<std::uint64_t>(std::ranges::count_if(
                              version.levels, [](const auto& level) { return !level.empty(); })));
}

bool Node::has_merged_tables() const {
  const lsm::Version version = store_->version();
  return version.table_count() > version.levels[0].size();
}

void Node::check_invariants() const {
  if (!is_up()) return;
  store_->check_invariants();
  service_->check_invariants();
  check_what_it_holds();
}

void Node::check_what_it_holds() const {
  const std::uint64_t files = disk_.files().open_files();
  std::size_t bytes = 0;
  for (const auto& [number, session] : sessions_) bytes += session->held();
  shared_.probes.saw_size("files open at a node", files);
  shared_.probes.saw_size("bytes held for peers", bytes);
  if (files > kMostFiles || bytes > kMostBytes)
    throw sim::Broken("a node holds little",
                      fmt::format("{} files, and {} bytes of its peers", files, bytes));
}

}  // namespace strata::world
