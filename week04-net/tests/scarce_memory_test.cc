// Memory runs out at every allocation between a frame and its answer. Nothing may be left behind:
// no part of a write, nobody who waits for ever.
#include "testing/scarce_memory.h"

#include "session_fixture.h"

namespace strata::net {
namespace {

using strata::testing::eventually;
using strata::testing::ScarceMemory;

constexpr int kKeys = 5;

// What a store does without memory is not tried here: this one always has some. A test can hold up
// its writes.
class StoreWithMemory final : public Store {
 public:
  Result<std::optional<std::string>> get(std::string_view key,
                                         const ReadOptions& options = {}) override {
    const ScarceMemory::Spared spared;
    return store_.get(key, options);
  }
  Result<void> write(const WriteBatch& batch) override {
    const ScarceMemory::Spared spared;
    ++writes_;
    const std::lock_guard lock(gate_);
    return store_.write(batch);
  }
  std::unique_lock<std::mutex> shut() { return std::unique_lock(gate_); }
  int writes() const { return writes_; }  // that have begun
  Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) override {
    return store_.scan(options);
  }
  Result<std::shared_ptr<const Snapshot>> snapshot() override { return store_.snapshot(); }
  Result<std::vector<Stat>> stats() override { return store_.stats(); }
  Capabilities capabilities() const override { return store_.capabilities(); }
  Result<void> close() override { return {}; }

 private:
  MemoryStore store_;
  std::mutex gate_;
  std::atomic<int> writes_{0};
};

Request put(std::string_view key) {
  Request request;
  proto::Operation& put = *request.mutable_write()->add_operations();
  put.set_kind(proto::Operation::PUT);
  put.set_key(key.data(), key.size());
  return request;
}

// Writes kKeys keys, if there is no key "condition".
Request large_write() {
  Request request;
  request.set_id(1);
  proto::Write& write = *request.mutable_write();
  for (int i = 0; i < kKeys; ++i) {
    proto::Operation& put = *write.add_operations();
    put.set_kind(proto::Operation::PUT);
    put.set_key("one of several keys that are long " + std::to_string(i));
    put.set_value(std::string(1000, 'v'));
  }
  proto::Condition& condition = *write.add_conditions();
  condition.set_key("condition");
  condition.set_absent(true);
  token_to({.client = 7, .sequence = 1, .settled_below = 1}, *write.mutable_token());
  return request;
}

std::uint64_t keys_in(Store& store) {
  std::uint64_t keys = 0;
  const auto cursor = need(store.scan({.range = KeyRange::prefix("one"), .snapshot = {}}));
  while (need(cursor->next())) ++keys;
  return keys;
}

// The outcome of one request: an answer, or a reply that was destroyed.
struct Outcome {
  std::optional<Response> response;
  std::atomic<bool> over{false};
};

class Noted {
 public:
  explicit Noted(Outcome& outcome) : outcome_(&outcome) {}
  ~Noted() {
    if (outcome_) outcome_->over = true;
  }
  Noted(Noted&& other) noexcept : outcome_(std::exchange(other.outcome_, nullptr)) {}
  Noted& operator=(Noted&&) = delete;
  void operator()(Response response) { outcome_->response = std::move(response); }

 private:
  Outcome* outcome_;
};

// `crowded`: it is put into a group that has a write already. Returns false if there were no more
// allocations.
bool write_without_memory(std::uint64_t at, bool crowded) {
  StoreWithMemory store;
  const auto service = need(StoreService::open(store));
  Outcome first, before, together, large, after;
  // A task that is not written throws here, where nobody waits for anything else.
  service->handle(put("first"), {}, Noted(first));
  EXPECT_TRUE(eventually([&] { return first.over.load(); }));
  if (first.response->has_error()) throw std::runtime_error(first.response->error().message());
  auto shut = store.shut();
  if (crowded) {
    service->handle(put("before"), {}, Noted(before));
    EXPECT_TRUE(eventually([&] { return store.writes() == 2; }));
    service->handle(put("together"), {}, Noted(together));
  }
  bool refused = false;
  Request request = large_write();
  ScarceMemory scarce(at);
  try {
    service->handle(std::move(request), {}, Noted(large));
  } catch (const std::bad_alloc&) {
    refused = true;
  }
  shut.unlock();
  if (refused && !large.over) {
    ADD_FAILURE() << at << ": handle() throws, and keeps the reply";
    return false;
  }
  EXPECT_TRUE(eventually([&] { return large.over.load(); })) << at;
  scarce.stop();
  service->handle(put("after"), {}, Noted(after));
  EXPECT_TRUE(eventually([&] { return after.over.load(); })) << at << ": nobody woke the writer";
  EXPECT_TRUE(after.response && after.response->has_write()) << at;
  const std::uint64_t keys = keys_in(store);
  const bool done = large.response && large.response->has_write();
  const bool may_be_done =
      !large.response || done || large.response->error().code() == proto::Error::UNKNOWN;
  EXPECT_TRUE((keys == 0 && !done) || (keys == kKeys && !refused && may_be_done))
      << at << ": " << keys << " keys";
  return scarce.ran_out();
}

TEST(ScarceMemory, AWriteIsDoneWholeOrNotAndWakesTheWriter) {
  for (const bool crowded : {false, true})
    for (std::uint64_t at = 0; write_without_memory(at, crowded); ++at) {
    }
}

// Only for what a request makes large: if Asio gets no memory for its own small objects, it ends
// the process.
TEST(ScarceMemory, WhereverItRunsOutTheServerGoesOn) {
  constexpr std::size_t kLarge = 512;
  for (std::uint64_t at = 0;; ++at) {
    StoreWithMemory store;
    const auto service = need(StoreService::open(store));
    const auto server = need(Server::start(*service, {.listen = {kAnyPort}}));
    need(store.put("large", std::string(1000, 'v')));
    ScarceMemory scarce(at, kLarge);
    {
      const ScarceMemory::Spared this_thread;
      RawPeer peer(server->endpoints().front());
      std::string stream;
      append_message(hello({}, std::string(kNonceSize, 'n'), "test"), stream);
      append_message(large_write(), stream);
      Request get;
      get.set_id(2);
      get.mutable_get()->set_key("large");
      append_message(get, stream);
      Request scan;
      scan.set_id(3);
      scan.mutable_scan();
      append_message(scan, stream);
      peer.send(stream);
      bool done = false;
      bool not_done = false;
      peer.receive();  // the welcome
      for (int answers = 0; answers < 3; ++answers) {
        const auto response = peer.response();  // fails the test if nothing comes, not even the end
        if (!response) break;
        done |= response->id() == 1 && response->has_write();
        not_done |= response->id() <= 1 && response->has_error() &&
                    response->error().code() != proto::Error::UNKNOWN;
      }
      scarce.stop();
      const std::uint64_t keys = keys_in(store);
      EXPECT_TRUE(done || keys == 0 || (keys == kKeys && !not_done)) << at << ": " << keys;
      EXPECT_TRUE(!done || keys == kKeys) << at << ": " << keys;
    }
    EXPECT_TRUE(eventually([&] { return server->figures().connections == 0; })) << at;
    EXPECT_EQ(server->figures().in_flight_bytes, 0u) << at;
    need(need(RemoteStore::connect({.channel = {.endpoint = server->endpoints().front()}}))
             ->put("other", "client"));
    if (!scarce.ran_out()) break;
  }
}

}  // namespace
}  // namespace strata::net
