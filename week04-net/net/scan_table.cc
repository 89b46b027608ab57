#include "net/scan_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "base/assert.h"
#include "base/thrown.h"
#include "net/hidden_keys.h"
#include "net/messages.h"

namespace strata::net {
namespace {

bool is_empty(const KeyRange& range) { return range.to && *range.to <= range.from; }

// The keys that are in both ranges.
KeyRange common(const KeyRange& a, const KeyRange& b) {
  KeyRange both{.from = std::max(a.from, b.from), .to = a.to ? a.to : b.to};
  if (a.to && b.to) both.to = std::min(*a.to, *b.to);
  return both;
}

Response no_such_scan(std::uint64_t id) {
  return failed(id, proto::Error::NOT_FOUND,
                "no such scan: it has ended, or nobody asked for its next page for too long");
}

}  // namespace

ScanTable::ScanTable(Store& store, env::Clock& clock, const ScanTableOptions& options)
    : store_(store), clock_(clock), options_(options) {}

void ScanTable::open(const Request& request, Reply& reply, KeyFilter only) {
  auto scan = scan_of(request.scan(), only != nullptr);
  if (!scan) return reply(failed(request.id(), scan.error()));
  (*scan)->only = std::move(only);
  Page first = read_page(**scan, request.id());
  if (!first.last) {
    const std::uint64_t name = keep(*std::move(scan));
    if (name == 0)
      return reply(failed(request.id(), proto::Error::UNAVAILABLE, "too many scans are open"));
    first.response.mutable_page()->set_cursor(name);
  }
  reply(std::move(first.response));
}

// There may be a million hidden keys, so a scan must not walk over them. Nearly always all other
// keys are behind them. Somebody may write a key before them while the scan is being opened; so
// this is asked again afterwards.
// `filtered`: not all entries are returned, so the store must not count them.
Result<std::shared_ptr<ScanTable::OpenScan>> ScanTable::scan_of(const proto::Scan& scan,
                                                                bool filtered) try {
  ScanOptions options = scan_from(scan);
  const std::uint64_t limit = options.limit;
  if (filtered) options.limit = ScanOptions().limit;
  const KeyRange hidden = KeyRange::prefix(kHiddenPrefix);
  const KeyRange before = common(options.range, {.from = {}, .to = hidden.from});
  const KeyRange after = common(options.range, {.from = *hidden.to, .to = {}});
  const auto in_two = [&] { return !is_empty(before) && options_.keys_before_hidden(); };
  if (!in_two()) {
    options.range = after;
    STRATA_TRY(auto cursor, store_.scan(options));
    if (!in_two())
      return std::make_shared<OpenScan>(std::move(cursor), limit, std::nullopt, clock_.steady());
  }
  STRATA_TRY(auto open, scan_in_two(std::move(options), before, after));
  open->left = limit;
  return open;
} catch (const std::exception& thrown) {
  return error_of_read(thrown);
}

// The two cursors must see the same state.
Result<std::shared_ptr<ScanTable::OpenScan>> ScanTable::scan_in_two(ScanOptions first,
                                                                    const KeyRange& before,
                                                                    const KeyRange& after) {
  STRATA_TRY(first.snapshot, store_.snapshot());
  ScanOptions rest = first;
  first.range = first.reverse ? after : before;
  rest.range = first.reverse ? before : after;
  STRATA_TRY(auto cursor, store_.scan(first));
  return std::make_shared<OpenScan>(std::move(cursor), first.limit, std::move(rest),
                                    clock_.steady());
}

std::uint64_t ScanTable::keep(std::shared_ptr<OpenScan> scan) {
  const std::lock_guard lock(mutex_);
  if (scans_.size() >= options_.max_open) return 0;
  std::uint64_t name = options_.entropy->nonzero_bits();
  while (scans_.contains(name)) name = options_.entropy->nonzero_bits();
  scans_[name] = std::move(scan);
  return name;
}

void ScanTable::cancel(const Request& request, Reply& reply) {
  std::shared_ptr<OpenScan> gone;  // destroyed after the lock is released
  std::deque<Ask> line;
  {
    const std::lock_guard lock(mutex_);
    const auto found = scans_.find(request.scan_cancel().cursor());
    if (found != scans_.end()) {
      gone = std::move(found->second);
      line = std::move(gone->line);
      scans_.erase(found);
    }
  }
  for (Ask& ask : line)
    ask.reply(failed(ask.request.id(), proto::Error::CANCELLED, "the scan was cancelled"));
  Response done;
  done.set_id(request.id());
  done.mutable_page();
  reply(gone ? std::move(done) : no_such_scan(request.id()));
}

bool ScanTable::ask(Request request, Reply reply) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = scans_.find(request.scan_next().cursor());
    if (found != scans_.end()) {
      OpenScan& scan = *found->second;
      scan.asked = clock_.steady();
      scan.line.emplace_back(std::move(request), std::move(reply));
      return !std::exchange(scan.running, true);
    }
  }
  reply(no_such_scan(request.id()));
  return false;
}

void ScanTable::run(std::uint64_t cursor) {
  std::shared_ptr<OpenScan> scan;
  {
    const std::lock_guard lock(mutex_);
    const auto found = scans_.find(cursor);
    if (found == scans_.end()) return;  // it was cancelled, and all its requests were answered
    scan = found->second;
  }
  for (;;) {
    Ask next;
    {
      const std::lock_guard lock(mutex_);
      if (scan->line.empty()) {
        scan->running = false;
        return;
      }
      next = std::move(scan->line.front());
      scan->line.pop_front();
    }
    Page page = next.request.scan_next().page() == scan->pages + 1
                    ? read_page(*scan, next.request.id())
                    : out_of_order(next.request, scan->pages);
    if (!page.last)
      page.response.mutable_page()->set_cursor(cursor);
    else {
      const std::lock_guard lock(mutex_);
      scans_.erase(cursor);
    }
    next.reply(std::move(page.response));
  }
}

void ScanTable::drop(std::uint64_t cursor) {
  std::shared_ptr<OpenScan> gone;  // destroyed after the lock is released
  const std::lock_guard lock(mutex_);
  if (const auto found = scans_.find(cursor); found != scans_.end()) {
    gone = std::move(found->second);
    scans_.erase(found);
  }
}

// The cursor has moved past the pages that were read. A client that did not get one of them must
// not believe that it has everything.
ScanTable::Page ScanTable::out_of_order(const Request& request, std::uint64_t pages) const {
  return {failed(request.id(), proto::Error::INVALID_ARGUMENT,
                 fmt::format("page {} of this scan was asked for, behind page {}: an answer was "
                             "lost, and the scan has to begin again",
                             request.scan_next().page(), pages)),
          true};
}

ScanTable::Page ScanTable::read_page(OpenScan& scan, std::uint64_t request_id) const try {
  ++scan.pages;
  Page page{.response = {}, .last = scan.left == 0};
  page.response.set_id(request_id);
  proto::ScanPage& entries = *page.response.mutable_page();
  std::size_t bytes = 0;
  while (bytes < options_.page_bytes && !page.last) {
    const auto entry = scan.cursor->next();
    if (!entry) return {failed(request_id, entry.error()), true};
    if (!*entry) {
      page.last = !scan.rest;
      if (page.last) break;
      auto cursor = store_.scan(*std::exchange(scan.rest, std::nullopt));
      if (!cursor) return {failed(request_id, cursor.error()), true};
      scan.cursor = *std::move(cursor);
      continue;
    }
    if (scan.only && !scan.only((*entry)->key)) continue;
    proto::Entry& out = *entries.add_entries();
    out.set_key((*entry)->key.data(), (*entry)->key.size());
    out.set_value((*entry)->value.data(), (*entry)->value.size());
    bytes += (*entry)->key.size() + (*entry)->value.size();
    page.last = --scan.left == 0;
  }
  return page;
} catch (const std::exception& thrown) {
  return {failed(request_id, error_of_read(thrown)), true};
}

void ScanTable::expire() {
  const auto before = clock_.steady() - options_.lease;
  while (drop_one(before)) {
  }
}

// False: there is none whose last request came before that moment. Needs no memory.
bool ScanTable::drop_one(std::chrono::nanoseconds asked_before) {
  std::shared_ptr<OpenScan> gone;  // destroyed after the lock is released
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(scans_, [&](const auto& open) {
    return !open.second->running && open.second->asked <= asked_before;
  });
  if (found == scans_.end()) return false;
  gone = std::move(found->second);
  scans_.erase(found);
  return true;
}

std::size_t ScanTable::size() const {
  const std::lock_guard lock(mutex_);
  return scans_.size();
}

void ScanTable::check_invariants() const {
  const std::lock_guard lock(mutex_);
  STRATA_ASSERT(scans_.size() <= options_.max_open);
  for (const auto& [name, scan] : scans_) STRATA_ASSERT(name != 0 && scan && scan->cursor);
}

}  // namespace strata::net
