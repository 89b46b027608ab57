// The scans that are open between two of their pages.
//
// Each has a cursor on the store, which may keep files from being deleted. So a scan that nobody
// asks about for some time is closed, and the number of open scans is limited.
//
// Thread-safety: all functions may be called from many threads at once.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "env/clock.h"
#include "env/random.h"
#include "net/service.h"
#include "store/store.h"

namespace strata::net {

struct ScanTableOptions {
  std::size_t max_open = 1024;
  std::chrono::seconds lease{60};                  // after the last request for a page
  std::size_t page_bytes = std::size_t{64} << 10;  // a page ends with the entry that reaches this
  env::Entropy* entropy = &env::system_entropy();  // for names that no other client can guess
  // Whether the store may have keys before the hidden ones.
  std::function<bool()> keys_before_hidden = [] { return true; };
};

class ScanTable {
 public:
  // Lifetime: `store` and `clock` must outlive the table.
  ScanTable(Store& store, env::Clock& clock, const ScanTableOptions& options);

  // Which keys a scan returns. Null: all. Pure, and may be called from many threads.
  using KeyFilter = std::function<bool(std::string_view key)>;

  // Blocks: open() reads from the store; cancel() ends a cursor on it. The scan's limit counts the
  // entries that it returns.
  void open(const Request& request, Reply& reply, KeyFilter only = nullptr);
  void cancel(const Request& request, Reply& reply);

  // Puts a request for a page in line. True: the caller must call run() for this scan. False:
  // another thread is just reading a page of this scan, and will answer this request too; or there
  // is no such scan, and the reply was NOT_FOUND. Blocks: never.
  bool ask(Request request, Reply reply);
  // Answers the requests in line for this scan. Blocks: it reads from the store.
  void run(std::uint64_t cursor);
  // Ends a scan; its requests in line are not answered.
  void drop(std::uint64_t cursor);

  // Closes the scans whose lease is over. Blocks: it ends cursors on the store.
  void expire();
  std::size_t size() const;
  // No more scans are open than may be; each has a cursor, and a name that is not 0.
  void check_invariants() const;

 private:
  struct Ask {
    Request request;
    Reply reply;
  };
  struct OpenScan {
    std::unique_ptr<Cursor> cursor;
    std::uint64_t left;               // entries that the scan's limit still allows
    std::optional<ScanOptions> rest;  // what to read after the cursor's end
    std::chrono::nanoseconds asked{0};
    std::uint64_t pages = 0;  // pages that were read
    std::deque<Ask> line = {};
    KeyFilter only = nullptr;
    bool running = false;  // a thread reads from the cursor, without the lock
  };

  struct Page {
    Response response;
    bool last;
  };
  Result<std::shared_ptr<OpenScan>> scan_of(const proto::Scan& scan, bool filtered);
  Result<std::shared_ptr<OpenScan>> scan_in_two(ScanOptions first, const KeyRange& before,
                                                const KeyRange& after);
  bool drop_one(std::chrono::nanoseconds asked_before);
  Page read_page(OpenScan& scan, std::uint64_t request_id) const;
  Page out_of_order(const Request& request, std::uint64_t pages) const;
  std::uint64_t keep(std::shared_ptr<OpenScan> scan);  // 0: too many scans are open

  Store& store_;
  env::Clock& clock_;
  const ScanTableOptions options_;

  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::shared_ptr<OpenScan>> scans_;  // guarded by mutex_
};

}  // namespace strata::net
