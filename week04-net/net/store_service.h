// A store as a service: the bridge from what a database is to what a server is.
//
// Storage work never runs on the thread that calls handle(), with one exception: a get is answered
// at once if the store has the answer in memory (Reach::kMemory), since that is done before
// another thread could be woken. Writes go to the GroupWriter; everything else to a few threads.
#pragma once

#include <memory>

#include "base/result.h"
#include "env/clock.h"
#include "net/scan_table.h"
#include "net/service.h"
#include "store/store.h"

namespace strata::net {

struct StoreServiceOptions {
  unsigned readers = 2;                       // threads
  std::chrono::seconds token_lifetime{3600};  // see FORMAT.md, "Token"
  ScanTableOptions scans = {};
};

class StoreService final : public Service {
 public:
  // Both must outlive it, and nobody else may write to the store.
  static Result<std::unique_ptr<StoreService>> open(Store& store,
                                                    const StoreServiceOptions& options = {},
                                                    env::Clock& clock = env::system_clock());
  // Everything that was handed to it has been answered when this returns.
  ~StoreService() override;

  void handle(Request request, Reply reply) override;
  bool durable() const override;
  // Closes scans that nobody asks about, and forgets clients that are gone.
  void housekeep() override;

 private:
  class Parts;
  explicit StoreService(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace strata::net
