// A store as a service: groups, tokens, conditions and scans, without a network.
#include "net/store_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>

#include "env/random.h"
#include "need.h"
#include "net/group_writer.h"
#include "net/hidden_keys.h"
#include "net/messages.h"
#include "store/memory_store.h"

namespace strata::net {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

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
  void open(StoreServiceOptions options = {}) {
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

TEST_F(StoreServiceTest, WritesThatComeTogetherShareOneWriteOfTheStore) {
  store_.shut();
  auto first = ask(put("first", "1"));
  store_.wait_for_a_write();
  std::vector<std::future<Response>> rest;
  for (int i = 0; i < 50; ++i) rest.push_back(ask(put("rest" + std::to_string(i), "1")));
  store_.open();
  EXPECT_TRUE(first.get().has_write());
  for (auto& one : rest) EXPECT_TRUE(one.get().has_write());
  EXPECT_EQ(store_.writes(), 2);
}

TEST_F(StoreServiceTest, AWriteWithATokenIsDoneOnce) {
  EXPECT_FALSE(ask(put("key", "1", 1)).get().write().repeated());
  need(store_.put("key", "2"));
  EXPECT_TRUE(ask(put("key", "1", 1)).get().write().repeated());
  EXPECT_EQ(value("key"), "2");
}

TEST_F(StoreServiceTest, AlsoAfterTheStoreWasOpenedAgain) {
  ask(put("key", "1", 1)).get();
  open();
  need(store_.put("key", "2"));
  EXPECT_TRUE(ask(put("key", "1", 1)).get().write().repeated());
  EXPECT_EQ(value("key"), "2");
}

TEST_F(StoreServiceTest, AFewWritesWaitUntilTheServiceIsFlushed) {
  const auto is_done = [](const std::future<Response>& answer) {
    return answer.wait_for(seconds(0)) == std::future_status::ready;
  };
  open({.workers = &env::inline_workers()});
  const int before = store_.writes();
  const auto first = ask(put("a", "1"), true);
  const auto second = ask(put("b", "1"), true);
  EXPECT_FALSE(is_done(first));
  service_->flush();
  EXPECT_TRUE(is_done(first) && is_done(second));
  EXPECT_EQ(store_.writes(), before + 1);
  const auto third = ask(put("c", "1"), true);
  EXPECT_TRUE(is_done(ask(put("d", "1"))));  // nothing follows it
  EXPECT_TRUE(is_done(third));
  const auto fourth = ask(put("e", "1"), true);
  for (int i = 0; i < 100; ++i) ask(put("f", "1"), true);
  EXPECT_TRUE(is_done(fourth)) << "many writes do not wait for more";
}

TEST_F(StoreServiceTest, ADoubleInTheSameGroupIsAnsweredOnlyWhenThatIsWritten) {
  store_.shut();
  auto first = ask(put("first", "1"));
  store_.wait_for_a_write();
  auto one = ask(put("key", "1", 1));
  auto other = ask(put("key", "1", 1));
  store_.open(io_error("the disk is gone"));
  first.get();
  EXPECT_EQ(one.get().error().code(), proto::Error::UNKNOWN);
  EXPECT_EQ(other.get().error().code(), proto::Error::UNKNOWN);
}

TEST_F(StoreServiceTest, AWriteThatFailedHalfWayIsNotTriedAgain) {
  store_.open(io_error("the disk is full"));
  EXPECT_EQ(ask(put("key", "1", 1)).get().error().code(), proto::Error::UNKNOWN);
  store_.open();
  EXPECT_EQ(ask(put("key", "1", 1)).get().error().code(), proto::Error::UNKNOWN);
  EXPECT_EQ(value("key"), "none");
  EXPECT_TRUE(ask(put("key", "2", 2)).get().has_write()) << "others go on";
  open();
  EXPECT_EQ(ask(put("key", "1", 1)).get().error().code(), proto::Error::UNKNOWN)
      << "the record that came with it, if it did, was replaced by that of the second";
}

TEST_F(StoreServiceTest, ALateCopyOfASettledWriteIsNotDone) {
  ask(put("key", "1", 1)).get();
  ask(put("key", "2", 2, 2)).get();
  EXPECT_EQ(ask(put("key", "1", 1)).get().error().code(), proto::Error::UNKNOWN);
  EXPECT_EQ(value("key"), "2");
}

TEST_F(StoreServiceTest, ConditionsSeeWhatStandsBeforeThemInTheirGroup) {
  need(store_.put("key", "0"));
  store_.shut();
  auto first = ask(put("first", "1"));
  store_.wait_for_a_write();
  auto a = ask(put_if("key", "0", "1"));
  auto b = ask(put_if("key", "0", "2"));
  auto c = ask(put_if("key", "1", "3"));
  store_.open();
  first.get();
  EXPECT_TRUE(a.get().has_write());
  EXPECT_EQ(b.get().error().code(), proto::Error::CONFLICT);
  EXPECT_TRUE(c.get().has_write());
  EXPECT_EQ(value("key"), "3");
  EXPECT_EQ(store_.writes(), 3) << "the test's own, the first, and all the others";
}

TEST_F(StoreServiceTest, WhatIsRefusedTakesNothingOfItsGroupWithIt) {
  store_.shut();
  auto first = ask(put("first", "1"));
  store_.wait_for_a_write();
  auto good = ask(put("good", "1", 1));
  auto refused = ask(put_if("key", "0", "1"));
  auto large = ask(put("key", std::string(kMaxValueSize + 1, 'x')));
  auto also_good = ask(put("also good", "1", 2));
  EXPECT_EQ(large.get().error().code(), proto::Error::INVALID_ARGUMENT) << "at once";
  store_.open();
  for (auto* one : {&first, &good, &also_good}) EXPECT_TRUE(one->get().has_write());
  EXPECT_EQ(refused.get().error().code(), proto::Error::CONFLICT);
  EXPECT_EQ(value("good"), "1");
  EXPECT_EQ(value("also good"), "1");
  EXPECT_EQ(value("key"), "none");
}

TEST_F(StoreServiceTest, AWriteWhoseTimeIsOverIsNotDone) {
  store_.shut();
  auto first = ask(put("first", "1"));
  store_.wait_for_a_write();
  Request late = put("late", "1", 1);
  late.set_timeout_ms(100);
  auto asked = ask(std::move(late));
  clock_.advance(std::chrono::milliseconds(100));
  store_.open();
  first.get();
  EXPECT_EQ(asked.get().error().code(), proto::Error::DEADLINE);
  EXPECT_EQ(value("late"), "none");
  EXPECT_FALSE(ask(put("late", "1", 1)).get().write().repeated()) << "so it may come again";
}

TEST_F(StoreServiceTest, ForAPeerThatIsGoneNothingIsReadButItsWritesAreDone) {
  peer_.is_gone = true;
  Request scan;
  scan.mutable_scan();
  EXPECT_EQ(ask(scan).get().error().code(), proto::Error::CANCELLED);
  Request stats;
  stats.mutable_stats();
  EXPECT_EQ(ask(stats).get().error().code(), proto::Error::CANCELLED);
  EXPECT_TRUE(ask(put("key", "1", 1)).get().has_write());
  EXPECT_EQ(value("key"), "1");
}

TEST_F(StoreServiceTest, LargeBatchesAreWrittenApart) {
  store_.shut();
  auto first = ask(put("first", "1"));
  store_.wait_for_a_write();
  std::vector<std::future<Response>> large;
  for (int i = 0; i < 6; ++i)
    large.push_back(ask(put("large" + std::to_string(i), std::string(kMaxValueSize, 'x'))));
  store_.open();
  first.get();
  for (auto& one : large) EXPECT_TRUE(one.get().has_write());
  EXPECT_EQ(store_.writes(), 7);
}

TEST_F(StoreServiceTest, ForgetsClientsThatAreLongGone) {
  ask(put("key", "1", 1)).get();
  EXPECT_TRUE(need(store_.get(token_key(7))).has_value());
  clock_.advance(seconds(3601));
  housekeep();
  EXPECT_FALSE(need(store_.get(token_key(7))).has_value());
}

TEST_F(StoreServiceTest, ADateThatIsSetForwardMakesItForgetNobody) {
  ask(put("key", "1", 1)).get();
  clock_.set_forward(std::chrono::hours(24));
  housekeep();
  EXPECT_TRUE(ask(put("key", "1", 1)).get().write().repeated());
}

TEST_F(StoreServiceTest, TheAgeOfATokenGoesOnWhereTheRecordsLeftIt) {
  ask(put("key", "1", 1)).get();
  clock_.advance(seconds(3000));
  ask(put("key", "2", 1, 1, 8)).get();
  open();
  clock_.advance(seconds(601));
  housekeep();
  EXPECT_FALSE(need(store_.get(token_key(7))).has_value());
  EXPECT_TRUE(need(store_.get(token_key(8))).has_value());
}

// ---- Scans

class ScanTest : public StoreServiceTest {
 protected:
  void SetUp() override {
    StoreServiceOptions options;
    options.readers = 1;  // requests are done one after the other
    options.scans.max_open = 2;
    options.scans.page_bytes = 100;
    open(options);
    for (int i = 0; i < 100; ++i) need(store_.put("key" + std::to_string(1000 + i), "0123456789"));
  }
  proto::ScanPage first_page() {
    Request request;
    request.mutable_scan();
    return ask(std::move(request)).get().page();
  }
  std::future<Response> next(std::uint64_t cursor, std::uint64_t page) {
    Request request;
    request.mutable_scan_next()->set_cursor(cursor);
    request.mutable_scan_next()->set_page(page);
    return ask(std::move(request));
  }
};

TEST_F(ScanTest, PagesMayBeAskedForAhead) {
  proto::ScanPage page = first_page();
  std::vector<std::future<Response>> pages;
  for (std::uint64_t i = 2; i <= 20; ++i) pages.push_back(next(page.cursor(), i));
  int entries = page.entries_size();
  for (auto& asked : pages) {
    const Response answer = asked.get();
    if (answer.has_error()) continue;  // asked for after the last page
    for (const proto::Entry& entry : answer.page().entries())
      EXPECT_EQ(entry.key(), "key" + std::to_string(1000 + entries++));
  }
  EXPECT_EQ(entries, 100);
}

// The state of an env::Random that has just returned `number`.
std::uint64_t state_after(std::uint64_t number) {
  const auto unshift = [](std::uint64_t value, int by) {
    std::uint64_t found = value;
    for (int known = by; known < 64; known += by) found = value ^ (found >> by);
    return found;
  };
  const std::uint64_t once = unshift(number, 31) * 0x319642b2d24d8ec3;
  return unshift(unshift(once, 27) * 0x96de1b173f119089, 30);
}

TEST_F(ScanTest, NobodyCanComputeTheCursorsOfOthers) {
  env::Random known(5);
  const std::uint64_t first = known.next();
  ASSERT_EQ(env::Random(state_after(first)).next(), known.next());
  const std::uint64_t mine = first_page().cursor();
  const std::uint64_t others = first_page().cursor();
  EXPECT_NE(env::Random(state_after(mine)).next(), others);
}

class ScanOfAllTest : public ScanTest {
 protected:
  // The keys of a whole scan, "hidden" for a hidden one.
  std::vector<std::string> scan(bool reverse, std::optional<std::uint64_t> limit = {}) {
    Request request;
    request.mutable_scan()->set_reverse(reverse);
    request.mutable_scan()->set_end("key1002");
    if (limit) request.mutable_scan()->set_limit(*limit);
    std::vector<std::string> keys;
    proto::ScanPage page = ask(std::move(request)).get().page();
    for (std::uint64_t pages = 2;; ++pages) {
      for (const proto::Entry& entry : page.entries())
        keys.push_back(is_hidden(entry.key()) ? "hidden" : entry.key());
      if (page.cursor() == 0) return keys;
      page = next(page.cursor(), pages).get().page();
    }
  }
  // Through the service, since nobody else may write.
  void write(const std::string& key, std::uint64_t client) {
    Request request;
    proto::Operation& put = *request.mutable_write()->add_operations();
    put.set_kind(proto::Operation::PUT);
    put.set_key(key);
    token_to({.client = client, .sequence = 1, .settled_below = 1},
             *request.mutable_write()->mutable_token());
    const Response done = ask(std::move(request)).get();
    if (done.has_error()) throw std::runtime_error(done.error().message());
  }
};

TEST_F(ScanOfAllTest, PassesOverTheHiddenKeys) {
  for (std::uint64_t client = 1; client <= 20; ++client) write("key1000", client);
  using Keys = std::vector<std::string>;
  EXPECT_EQ(scan(false), (Keys{"key1000", "key1001"}));
  EXPECT_EQ(scan(false, 1), Keys{"key1000"});
  const std::string before("\0a", 2);
  write(before, 30);
  EXPECT_EQ(scan(false), (Keys{before, "key1000", "key1001"}));
  EXPECT_EQ(scan(true), (Keys{"key1001", "key1000", before}));
  EXPECT_EQ(scan(false, 2), (Keys{before, "key1000"}));
  EXPECT_EQ(scan(true, 2), (Keys{"key1001", "key1000"}));
}

TEST_F(ScanOfAllTest, DoesNotReadTheHiddenKeys) {
  write("key1000", 1);
  EXPECT_EQ(scan(false, 1).size(), 1u);
  EXPECT_FALSE(store_.last_scan().contains(token_key(1)));
  EXPECT_TRUE(store_.last_scan().contains("key1000"));
}

TEST_F(ScanTest, AScanThatLostAPageEndsWithAnError) {
  const proto::ScanPage page = first_page();
  ASSERT_TRUE(next(page.cursor(), 2).get().has_page());
  const Response again = next(page.cursor(), 2).get();  // its answer was lost
  EXPECT_EQ(again.error().code(), proto::Error::INVALID_ARGUMENT);
  EXPECT_THAT(again.error().message(), HasSubstr("begin again"));
  EXPECT_EQ(next(page.cursor(), 3).get().error().code(), proto::Error::NOT_FOUND);
}

TEST_F(ScanTest, ACancelledScanMakesRoomForAnother) {
  const proto::ScanPage first = first_page();
  first_page();
  Request third;
  third.mutable_scan();
  EXPECT_EQ(ask(third).get().error().code(), proto::Error::UNAVAILABLE);
  Request cancel;
  cancel.mutable_scan_cancel()->set_cursor(first.cursor());
  EXPECT_TRUE(ask(cancel).get().has_page());
  EXPECT_EQ(next(first.cursor(), 2).get().error().code(), proto::Error::NOT_FOUND);
  EXPECT_TRUE(ask(third).get().has_page());
}

TEST_F(ScanTest, AScanThatNobodyAsksAboutIsClosed) {
  const proto::ScanPage page = first_page();
  clock_.advance(seconds(61));
  service_->housekeep();
  first_page();  // behind it in line
  EXPECT_EQ(next(page.cursor(), 2).get().error().code(), proto::Error::NOT_FOUND);
}

}  // namespace
}  // namespace strata::net
