// Makes a store a service: the bridge from a database to a server.
//
// Storage work never runs on the thread that calls handle(), with one exception: a get is answered
// at once if the store has the answer in memory (Reach::kMemory), since waking another thread would
// take longer. Writes go to the GroupWriter; all other requests go to a few threads.
//
// Thread-safety: as Service.
#pragma once

#include <memory>

#include "base/result.h"
#include "env/clock.h"
#include "env/executor.h"
#include "env/worker.h"
#include "net/group_writer.h"
#include "net/scan_table.h"
#include "net/service.h"
#include "store/store.h"

namespace strata::net {

struct StoreServiceOptions {
  env::Workers* workers = &env::threads();    // for writes, and for reads that may wait for a disk
  unsigned readers = 2;                       // threads for everything but writes
  std::chrono::seconds token_lifetime{3600};  // see FORMAT.md, "Token"
  ScanTableOptions scans = {};
};

// Service::limits() of a StoreService with these options.
proto::Limits limits_of(const StoreServiceOptions& options);

class StoreService final : public Service {
 public:
  // Requires: `store` and `clock` outlive the service; nobody else writes to the store. Errors: as
  // GroupWriter::open(). Blocks: on the store.
  static Result<std::unique_ptr<StoreService>> open(Store& store,
                                                    const StoreServiceOptions& options = {},
                                                    env::Clock& clock = env::system_clock());
  // When this returns, all requests that handle() got have been answered. Blocks until then.
  ~StoreService() override;

  void handle(Request request, const Context& context, Reply reply) override;
  void flush() override;

  // ---- For services in front of this one that know more about keys. Thread-safety: as handle().

  // As handle() for a scan, but it returns only the keys that `only` accepts.
  void scan(Request request, const Context& context, Reply reply, ScanTable::KeyFilter only);
  // See GroupWriter::push().
  void deliver(Delivery delivery, Delivery::Done done);
  // Runs a task that reads from the store, on a thread for reads. Requires: it does not throw.
  void read(env::Task task);

  bool durable() const override;
  proto::Limits limits() const override;
  // Closes scans that nobody asks about, and forgets clients that have not written for long.
  void housekeep() override;
  void check_invariants() const;

 private:
  class Parts;
  explicit StoreService(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace strata::net
