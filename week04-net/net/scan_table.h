// The scans that are open between two pages of theirs.
//
// Each has a cursor on the store, which may keep files from being deleted; so a scan that nobody
// asks about for a while is closed, and there may only be so many.
//
// Thread-safety: all functions may be called from many threads at once.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "env/clock.h"
#include "env/random.h"
#include "net/service.h"
#include "store/store.h"

namespace strata::net {

struct ScanTableOptions {
  std::size_t max_open = 1024;
  std::chrono::seconds lease{60};                  // since it was last asked for a page
  std::size_t page_bytes = std::size_t{64} << 10;  // a page ends with the entry that reaches them
  // At least how many keys of the store are hidden: a limit has to allow for them.
  std::function<std::uint64_t()> hidden_keys = [] { return 0; };
};

class ScanTable {
 public:
  // Both must outlive it.
  ScanTable(Store& store, env::Clock& clock, const ScanTableOptions& options);

  // Both may block: the first reads from the store, the second ends a cursor on it.
  void open(const Request& request, Reply& reply);
  void cancel(const Request& request, Reply& reply);

  // Asks for a page. Where a page of the same scan is being read, this one waits in line behind
  // it and the answer is false; else it is true, and the caller calls run() for the scan.
  bool ask(Request request, Reply reply);
  // Answers whoever stands in line for this scan. Blocks: it reads from the store.
  void run(std::uint64_t cursor);

  // Closes the scans whose lease is over. May block as a cursor's end does.
  void expire();
  std::size_t size() const;

 private:
  struct Ask {
    Request request;
    Reply reply;
  };
  struct OpenScan {
    std::unique_ptr<Cursor> cursor;
    std::uint64_t left;  // entries, until the scan's limit
    std::chrono::nanoseconds asked{0};
    std::uint64_t pages = 0;  // that have been read
    std::deque<Ask> line = {};
    bool running = false;  // somebody reads from the cursor, without the lock
  };

  struct Page {
    Response response;
    bool last;
  };
  Result<std::shared_ptr<OpenScan>> scan_of(const proto::Scan& scan);
  Page read_page(OpenScan& scan, std::uint64_t request_id) const;
  Page out_of_order(const Request& request, std::uint64_t pages) const;
  std::uint64_t keep(std::shared_ptr<OpenScan> scan);  // 0: there are too many

  Store& store_;
  env::Clock& clock_;
  const ScanTableOptions options_;

  mutable std::mutex mutex_;
  env::Random random_;                                                  // guarded by mutex_
  std::unordered_map<std::uint64_t, std::shared_ptr<OpenScan>> scans_;  // guarded by mutex_
};

}  // namespace strata::net
