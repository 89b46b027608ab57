// A node is a function of what it is given: a service with its store and its disk runs on the
// thread that calls it, in simulated time, and two runs of one seed do the same.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "base/checksum.h"
#include "compaction/engine.h"
#include "env/executor_worker.h"
#include "env/simulated_executor.h"
#include "env/simulated_file_system.h"
#include "need.h"
#include "net/messages.h"
#include "net/store_service.h"
#include "testing/sanitizers.h"

namespace strata::net {
namespace {

std::ptrdiff_t threads_of_this_process() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

enum class Drive {
  kInline,    // a request is done before handle() returns
  kExecutor,  // the work of the node is events of a simulated world
};

// A store of week 3, served, on a disk whose power is cut now and then.
class Node {
 public:
  Node(Drive drive, std::uint64_t seed) : drive_(drive), entropy_(seed), random_(seed) { start(); }

  void run(int steps) {
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) {
      queue_.run_until(queue_.now() + std::chrono::milliseconds(random_.below(50)));
      if (random_.one_in(200)) {
        restart();
      } else if (random_.one_in(3)) {
        write();
      } else if (random_.one_in(10)) {
        scan();
      } else {
        get();
      }
      if (random_.one_in(100)) service_->housekeep();
    }
    EXPECT_GT(restarts_, 0);
    const lsm::Version version = store_->version();
    EXPECT_GT(version.table_count(), version.levels[0].size()) << "tables were merged";
  }

  // What two equal runs have in common.
  std::string trace() const {
    return trace_ + std::to_string(disk_->fingerprint()) +
           std::to_string(queue_.now().time_since_epoch().count());
  }

 private:
  void start() {
    for (const env::DiskCall call :
         {env::DiskCall::kRead, env::DiskCall::kWrite, env::DiskCall::kSync, env::DiskCall::kNames})
      disk_->set_cost(call, {.fixed = std::chrono::microseconds(100)});
    if (drive_ == Drive::kInline) {
      workers_ = std::make_unique<env::InlineWorkers>(queue_.clock());
    } else {
      executor_.emplace(queue_, 4, [this] { return disk_->take_busy_time(); });
      workers_ = std::make_unique<env::ExecutorWorkers>(*executor_);
    }
    compaction::EngineOptions engine;
    engine.store.memtable_bytes = 4'000;
    engine.store.log = {.segment_bytes = 4096, .preallocate = 1024};
    engine.levelled = {.level0_tables = 2,
                       .level1_bytes = 8'000,
                       .multiplier = 3,
                       .table_bytes = 3'000,
                       .max_overlap = 3};
    engine.store.clock = &queue_.clock();
    engine.store.entropy = &entropy_;
    engine.store.workers = workers_.get();
    store_ = need(lsm::LsmStore::open(*disk_, "/store", compaction::engine(engine)));
    service_ = need(StoreService::open(
        *store_, {.workers = workers_.get(), .scans = {.page_bytes = 100, .entropy = &entropy_}},
        queue_.clock()));
  }

  void restart() {
    ++restarts_;
    if (executor_) executor_->stop();
    auto after = disk_->after_power_cut(
        {.data = env::Unsynced::kSubset, .names = env::Unsynced::kSubset, .seed = random_.next()});
    service_.reset();
    store_.reset();
    executor_.reset();
    disk_ = std::move(after);
    start();
  }

  Response ask(Request request) {
    request.set_id(++last_id_);
    std::optional<Response> answer;
    service_->handle(std::move(request), {},
                     [&](Response response) { answer = std::move(response); });
    while (!answer && queue_.run_one()) {
    }
    if (!answer) throw std::runtime_error("no answer has come");
    trace_ += answer->SerializeAsString();
    return *std::move(answer);
  }

  std::string some_key() { return "key" + std::to_string(random_.below(200)); }

  void write() {
    Request request;
    proto::Write& write = *request.mutable_write();
    if (sequence_ > 0 && random_.one_in(10)) {
      token_to({7, sequence_, sequence_}, *write.mutable_token());  // the last one once more
      const Response answer = ask(std::move(request));
      EXPECT_TRUE(answer.write().repeated()) << answer.error().message();
      return;
    }
    WriteBatch batch;
    const std::string key = some_key();
    const std::string value(random_.below(100), 'v');
    batch.put(key, value + std::to_string(sequence_)).remove(some_key());
    for (const Operation operation : batch)
      if (operation.kind == OperationKind::kPut)
        values_[std::string(operation.key)] = operation.value;
      else
        values_.erase(std::string(operation.key));
    add_operations(batch, write);
    ++sequence_;
    token_to({7, sequence_, sequence_}, *write.mutable_token());
    EXPECT_EQ(ask(std::move(request)).error().message(), "");
  }

  void get() {
    Request request;
    const std::string key = some_key();
    request.mutable_get()->set_key(key);
    const Response answer = ask(std::move(request));
    const auto found = values_.find(key);
    EXPECT_EQ(answer.get().has_value(), found != values_.end());
    if (found != values_.end()) {
      EXPECT_EQ(answer.get().value(), found->second);
    }
  }

  void scan() {
    Request request;
    request.mutable_scan()->set_start("key1");
    std::map<std::string, std::string> read;
    std::uint64_t page = 1;
    for (Response answer = ask(std::move(request));;) {
      ASSERT_FALSE(answer.has_error()) << answer.error().message();
      for (const proto::Entry& entry : answer.page().entries()) read[entry.key()] = entry.value();
      if (answer.page().cursor() == 0) break;
      Request next;
      next.mutable_scan_next()->set_cursor(answer.page().cursor());
      next.mutable_scan_next()->set_page(++page);
      answer = ask(std::move(next));
    }
    EXPECT_TRUE(std::ranges::equal(
        read, std::ranges::subrange(values_.lower_bound("key1"), values_.end())));
  }

  const Drive drive_;
  env::EventQueue queue_;
  env::SeededEntropy entropy_;
  env::Random random_;
  std::unique_ptr<env::SimulatedFileSystem> disk_ = std::make_unique<env::SimulatedFileSystem>();
  std::optional<env::SimulatedExecutor> executor_;
  std::unique_ptr<env::Workers> workers_;
  std::unique_ptr<lsm::LsmStore> store_;
  std::unique_ptr<StoreService> service_;
  std::map<std::string, std::string> values_;  // what the store must have
  int restarts_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t last_id_ = 0;
  std::string trace_;
};

constexpr int kSteps = testing::kSanitized ? 1000 : 5000;

std::string trace_of(Drive drive, std::uint64_t seed) {
  const auto threads = threads_of_this_process();
  Node node(drive, seed);
  node.run(kSteps);
  EXPECT_EQ(threads_of_this_process(), threads) << "a thread was started";
  return node.trace();
}

TEST(OneThread, AServedStoreKeepsWhatItAcknowledged) {
  for (std::uint64_t seed = 1; seed <= 3 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    trace_of(Drive::kInline, seed);
    trace_of(Drive::kExecutor, seed);
  }
}

TEST(OneThread, TwoRunsOfOneSeedGiveTheSameAnswersAndTheSameDisk) {
  for (const Drive drive : {Drive::kInline, Drive::kExecutor}) {
    const std::string run = trace_of(drive, 7);
    RecordProperty(drive == Drive::kInline ? "inline" : "executor",
                   std::to_string(checksum64(as_bytes(run))));  // to compare two compilers
    EXPECT_TRUE(run == trace_of(drive, 7));
    EXPECT_TRUE(run != trace_of(drive, 8));
  }
}

}  // namespace
}  // namespace strata::net
