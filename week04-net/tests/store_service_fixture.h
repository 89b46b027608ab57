// A service over a store that the test can hold up, asked without a network.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <mutex>

#include "env/clock.h"
#include "need.h"
#include "net/messages.h"
#include "net/store_service.h"
#include "store/memory_store.h"

namespace strata::net {

// A store whose writes wait until the test lets them go on, and fail if the test says so.
class GatedStore final : public Store {
 public:
  Result<std::optional<std::string>> get(std::string_view key,
                                         const ReadOptions& options = {}) override {
    return store_.get(key, options);
  }
  Result<void> write(const WriteBatch& batch) override {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    --waiting_;
    ++writes_;
    if (failure_) return *failure_;
    return store_.write(batch);
  }
  Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) override {
    const std::lock_guard lock(mutex_);
    last_scan_ = options.range;
    return store_.scan(options);
  }
  Result<std::shared_ptr<const Snapshot>> snapshot() override { return store_.snapshot(); }
  Result<std::vector<Stat>> stats() override { return store_.stats(); }
  Capabilities capabilities() const override { return store_.capabilities(); }
  Result<void> close() override { return {}; }

  void shut() { set(false, {}); }
  void open(std::optional<Error> failure = {}) { set(true, std::move(failure)); }
  void wait_for_a_write() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ > 0; });
  }
  int writes() {
    const std::lock_guard lock(mutex_);
    return writes_;
  }
  KeyRange last_scan() {
    const std::lock_guard lock(mutex_);
    return last_scan_;
  }

 private:
  void set(bool open, std::optional<Error> failure) {
    const std::lock_guard lock(mutex_);
    open_ = open;
    failure_ = std::move(failure);
    changed_.notify_all();
  }

  MemoryStore store_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  int waiting_ = 0;
  int writes_ = 0;
  KeyRange last_scan_;
  std::optional<Error> failure_;
};

class StoreServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    open();
    // First an empty write: a task that is not written throws here, where nobody waits for anything
    // else.
    Request nothing;
    nothing.mutable_write();
    const Response done = ask(std::move(nothing)).get();
    if (done.has_error()) throw std::runtime_error(done.error().message());
  }
  void TearDown() override { service_->check_invariants(); }
  void open(const StoreServiceOptions& options = {}) {
    service_.reset();
    service_ = need(StoreService::open(store_, options, clock_));
  }
  std::future<Response> ask(Request request, bool more = false) {
    request.set_id(++last_id_);
    auto answered = std::make_shared<std::promise<Response>>();
    const Context context{
        .peer = &peer_, .deadline = deadline_of(request, clock_.now()), .more = more};
    service_->handle(std::move(request), context,
                     [answered](Response response) { answered->set_value(std::move(response)); });
    return answered->get_future();
  }
  static Request put(std::string_view key, std::string_view value,
                     std::optional<std::uint64_t> sequence = {}, std::uint64_t settled_below = 1,
                     std::uint64_t client = 7) {
    Request request;
    WriteBatch batch;
    batch.put(key, value);
    add_operations(batch, *request.mutable_write());
    if (sequence)
      token_to({.client = client, .sequence = *sequence, .settled_below = settled_below},
               *request.mutable_write()->mutable_token());
    return request;
  }
  static Request put_if(std::string_view key, std::string_view expected, std::string_view value) {
    Request request = put(key, value);
    proto::Condition& condition = *request.mutable_write()->add_conditions();
    condition.set_key(key.data(), key.size());
    condition.set_value(expected.data(), expected.size());
    return request;
  }
  void housekeep() {
    service_->housekeep();
    ask(put("other", "1")).get();  // behind it in line
    ask(put("other", "2")).get();
  }
  std::string value(std::string_view key) { return need(store_.get(key)).value_or("none"); }

  GatedStore store_;
  env::SimulatedClock clock_;
  Peer peer_{.id = 1};
  std::unique_ptr<StoreService> service_;
  std::uint64_t last_id_ = 0;
};
}  // namespace strata::net
