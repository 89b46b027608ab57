// Scans of a served store: pages, names that nobody guesses, and what ends a scan.
#include <gmock/gmock.h>

#include "env/random.h"
#include "net/hidden_keys.h"
#include "store_service_fixture.h"

namespace strata::net {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

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

TEST_F(ScanTest, AFilterLeavesKeysOutAndTheLimitCountsTheOthers) {
  Request request;
  request.mutable_scan()->set_limit(30);
  std::promise<Response> first;
  service_->scan(
      std::move(request), {}, [&](Response response) { first.set_value(std::move(response)); },
      [](std::string_view key) { return key.back() % 2 == 0; });
  std::vector<std::string> keys;
  proto::ScanPage page = first.get_future().get().page();
  for (std::uint64_t number = 2;; ++number) {
    for (const proto::Entry& entry : page.entries()) keys.push_back(entry.key());
    if (page.cursor() == 0) break;
    page = next(page.cursor(), number).get().page();
  }
  ASSERT_EQ(keys.size(), 30u);
  for (std::size_t i = 0; i < keys.size(); ++i)
    EXPECT_EQ(keys[i], "key" + std::to_string(1000 + 2 * i));
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
  std::promise<Response> cancelled;  // however late it is
  service_->handle(cancel, {.deadline = clock_.now()},
                   [&](Response response) { cancelled.set_value(std::move(response)); });
  EXPECT_TRUE(cancelled.get_future().get().has_page());
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
