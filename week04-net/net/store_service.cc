#include "net/store_service.h"

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include "base/assert.h"
#include "base/thrown.h"
#include "net/group_writer.h"
#include "net/hidden_keys.h"
#include "net/messages.h"
#include "net/shared_stats.h"
#include "net/task_queue.h"
#include "store/limits.h"

namespace strata::net {
namespace {

Response get(Store& store, const Request& request, Reach reach) try {
  const std::uint64_t id = request.id();
  if (const auto checked = check_user_key(request.get().key()); !checked)
    return failed(id, checked.error());
  auto value = store.get(request.get().key(), {.snapshot = {}, .reach = reach});
  if (!value) return failed(id, value.error());
  Response response;
  response.set_id(id);
  proto::GetResult& result = *response.mutable_get();
  if (*value) result.set_value(std::move(**value));
  return response;
} catch (const std::exception& thrown) {
  return failed(request.id(), error_of_read(thrown));
}

}  // namespace

proto::Limits limits_of(const StoreServiceOptions& options) {
  const auto seconds = [](std::chrono::seconds time) {
    return static_cast<std::uint64_t>(time.count());
  };
  proto::Limits limits;
  limits.set_key_bytes(kMaxKeySize);
  limits.set_value_bytes(kMaxValueSize);
  limits.set_batch_bytes(kMaxWriteSize);
  limits.set_batch_operations(kMaxParts);
  limits.set_token_lifetime_seconds(seconds(options.token_lifetime));
  limits.set_token_window(kTokenWindow);
  limits.set_open_scans(options.scans.max_open);
  limits.set_scan_lease_seconds(seconds(options.scans.lease));
  return limits;
}

class StoreService::Parts {
 public:
  Parts(Store& store, env::Clock& clock, const StoreServiceOptions& options,
        std::unique_ptr<GroupWriter> writer)
      : store_(store),
        clock_(clock),
        writer_(std::move(writer)),
        scans_(store, clock, with_knowledge(options.scans)),
        stats_(clock, *options.workers, [this] { return counted_stats(); }),
        limits_(limits_of(options)),
        readers_(*options.workers, options.readers) {
    STRATA_ASSERT(options.readers > 0);
  }

  void handle(Request& request, const Context& context, Reply& reply) {
    switch (request.body_case()) {
      case Request::kPing:
        return reply(pong(request.id()));
      case Request::kWrite:
        return writer_->push(request, context, std::move(reply));
      case Request::kGet:
        // Answers at once if the answer is in memory. Otherwise, and after an error, a reader
        // thread asks again.
        if (Response found = get(store_, request, Reach::kMemory); !found.has_error())
          return reply(std::move(found));
        break;
      case Request::kScanNext: {
        const std::uint64_t cursor = request.scan_next().cursor();
        if (scans_.ask(std::move(request), std::move(reply))) run(cursor);
        return;
      }
      case Request::kStats:
        if (request.stats().without_keys()) break;
        return stats_.ask(request, context, std::move(reply));
      default:
        break;
    }
    post(std::move(request), context, std::move(reply));
  }

  void scan(Request request, const Context& context, Reply reply, ScanTable::KeyFilter only) {
    post(std::move(request), context, std::move(reply), std::move(only));
  }
  void deliver(Delivery delivery, Delivery::Done done) {
    writer_->push(std::move(delivery), std::move(done));
  }
  void read(env::Task task) { readers_.post(std::move(task)); }
  void flush() { writer_->flush(); }
  void check_invariants() const {
    writer_->check_invariants();
    scans_.check_invariants();
  }
  bool durable() const { return store_.capabilities().durable; }
  const proto::Limits& limits() const { return limits_; }

  void housekeep() {
    readers_.post([this] { scans_.expire(); });
    writer_->forget_old_clients();
  }

 private:
  // If memory runs out, the scan ends: nobody would answer its requests any more.
  void run(std::uint64_t cursor) try {
    readers_.post([this, cursor] {
      try {
        scans_.run(cursor);
      } catch (const std::bad_alloc&) {
        scans_.drop(cursor);
      }
    });
  } catch (const std::bad_alloc&) {
    scans_.drop(cursor);
    throw;
  }

  ScanTableOptions with_knowledge(ScanTableOptions options) {
    options.keys_before_hidden = [this] { return writer_->keys_before_hidden(); };
    return options;
  }

  void post(Request request, const Context& context, Reply reply,
            ScanTable::KeyFilter only = nullptr) {
    readers_.post(
        [this, context, request = std::move(request), reply = std::move(reply),
         only = std::move(only)]() mutable { read(request, context, reply, std::move(only)); });
  }

  void read(const Request& request, const Context& context, Reply& reply,
            ScanTable::KeyFilter only) try {
    // Even if nobody waits for it: the end of a scan frees what others need.
    if (request.has_scan_cancel()) return scans_.cancel(request, reply);
    if (context.is_late(clock_.now()))
      return reply(
          failed(request.id(), proto::Error::DEADLINE, "the time was over before its turn came"));
    if (context.is_cancelled())
      return reply(failed(request.id(), proto::Error::CANCELLED, "nobody waits for it any more"));
    switch (request.body_case()) {
      case Request::kGet:
        return reply(get(store_, request, Reach::kDisk));
      case Request::kScan:
        return scans_.open(request, reply, std::move(only));
      case Request::kStats:
        return reply(stats(request.id(), {}));
      default:
        return reply(failed(request.id(), proto::Error::UNSUPPORTED,
                            "a request of a kind that this server does not know"));
    }
  } catch (const std::bad_alloc&) {
    reply = nullptr;  // says that it is lost
  }

  // The hidden keys, one for each client that is remembered, do not count.
  Response counted_stats() try {
    const auto keys = store_.count_keys();
    if (!keys) return failed(0, keys.error());
    return stats(0, {{"num_keys", *keys - std::min(*keys, writer_->figures().clients)}});
  } catch (const std::exception& thrown) {
    return failed(0, error_of_read(thrown));
  }

  Response stats(std::uint64_t id, const std::vector<Stat>& first) try {
    const auto of_store = store_.stats();
    if (!of_store) return failed(id, of_store.error());
    const GroupWriterFigures written = writer_->figures();
    Response response;
    response.set_id(id);
    proto::StatsResult& stats = *response.mutable_stats();
    stats_to(first, stats);
    stats_to(*of_store, stats);
    stats_to({{"served_writes", written.writes},
              {"served_write_groups", written.groups},
              {"served_repeated_writes", written.repeated},
              {"served_clients", written.clients},
              {"open_scans", std::uint64_t{scans_.size()}}},
             stats);
    return response;
  } catch (const std::exception& thrown) {
    return failed(id, error_of_read(thrown));
  }

  Store& store_;
  env::Clock& clock_;
  std::unique_ptr<GroupWriter> writer_;
  ScanTable scans_;
  SharedStats stats_;
  const proto::Limits limits_;
  TaskQueue readers_;  // last member: it uses all others
};

Result<std::unique_ptr<StoreService>> StoreService::open(Store& store,
                                                         const StoreServiceOptions& options,
                                                         env::Clock& clock) {
  STRATA_TRY(auto writer,
             GroupWriter::open(store, clock, options.token_lifetime, *options.workers));
  return std::unique_ptr<StoreService>(
      new StoreService(std::make_unique<Parts>(store, clock, options, std::move(writer))));
}

StoreService::StoreService(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
StoreService::~StoreService() = default;

void StoreService::handle(Request request, const Context& context, Reply reply) {
  parts_->handle(request, context, reply);
}

void StoreService::scan(Request request, const Context& context, Reply reply,
                        ScanTable::KeyFilter only) {
  parts_->scan(std::move(request), context, std::move(reply), std::move(only));
}

void StoreService::deliver(Delivery delivery, Delivery::Done done) {
  parts_->deliver(std::move(delivery), std::move(done));
}

void StoreService::read(env::Task task) { parts_->read(std::move(task)); }

void StoreService::flush() { parts_->flush(); }

bool StoreService::durable() const { return parts_->durable(); }

proto::Limits StoreService::limits() const { return parts_->limits(); }

void StoreService::check_invariants() const { parts_->check_invariants(); }

void StoreService::housekeep() { parts_->housekeep(); }

}  // namespace strata::net
