#include "shard/merged_scans.h"

#include <chrono>
#include <deque>
#include <utility>

#include "base/assert.h"
#include "net/messages.h"
#include "shard/kinds.h"
#include "shard/part_messages.h"
#include "shard/scan_merge.h"

namespace strata::shard {
namespace {

using net::failed;
using net::Reply;
using net::Request;
using net::Response;
using net::proto::Error;

constexpr std::chrono::milliseconds kPause{5};  // while keys change hands
constexpr std::size_t kRounds = 4;              // then it looks at the map again

}  // namespace

// Alive while it is in the table, or a request of its parts is under way.
class MergedScans::Scan : public std::enable_shared_from_this<Scan> {
 public:
  Scan(MergedScans& table, const Request& request, env::TimePoint deadline, Reply reply)
      : table_(table.me_), what_(request.scan()), merge_(0, false, 0), deadline_(deadline) {
    line_.push_back({request.id(), std::move(reply)});
  }

  // Opens all parts, of the map as it is now.
  void start() {
    view_ = table()->view();
    parts_.clear();
    ++round_;
    for (MapView::Part& part : view_->parts())
      parts_.push_back(
          {.points = std::move(part.points), .candidates = std::move(part.candidates)});
    merge_ = ScanMerge(parts_.size(), what_.reverse(),
                       what_.has_limit() ? what_.limit() : std::uint64_t(-1));
    // The answer of the last part may come before the others are asked for.
    const auto self = shared_from_this();
    for (std::size_t part = 0, count = parts_.size(); part < count; ++part) open_part(part);
  }

  void next(const Request& request, env::TimePoint deadline, Reply reply) {
    asked_ = table()->executor_.now();
    deadline_ = deadline;
    const std::uint64_t page = request.scan_next().page();
    if (page != pages_ + line_.size() + 1)
      return fail_with(request.id(), std::move(reply), "a page was asked for out of its order");
    line_.push_back({request.id(), std::move(reply)});
    go_on();
  }

  // Ends it: those who wait get this error, and the parts are closed.
  void end(Error::Code code, const std::string& why) {
    for (Ask& ask : std::exchange(line_, {})) ask.reply(failed(ask.id, code, why));
    close_parts();
    if (table() && name_ != 0) table()->scans_.erase(name_);
    name_ = 0;
  }

  bool is_idle_since(env::TimePoint moment) const { return line_.empty() && asked_ <= moment; }

 private:
  struct Part {
    PointSet points;
    std::vector<ServerId> candidates;
    std::size_t tried = 0;
    ServerId owner = {};
    std::uint64_t cursor = 0;  // 0: it is not open, or at its end
    std::uint64_t pages = 0;   // that were asked for
    bool asked = false;        // and not answered
    env::Timer pause = {};
  };
  struct Ask {
    std::uint64_t id;
    Reply reply;
  };

  // Calls `then` on the executor's thread, unless the scan has begun anew meanwhile.
  template <class Then>
  void send(ServerId to, Request request, Then then) {
    request.set_addressee(to.value());
    request.set_map_epoch(view_->map.epoch);
    // The server of an open part may have left the cluster since.
    table()->send_(*view_->map.find(to), std::move(request), deadline_,
                   [self = shared_from_this(), &executor = table()->executor_, round = round_,
                    then = std::move(then)](Response response) mutable {
                     executor.post([self = std::move(self), round, then = std::move(then),
                                    response = std::move(response)]() mutable {
                       if (self->table() && self->round_ == round) then(*self, std::move(response));
                     });
                   });
  }

  void open_part(std::size_t index) {
    Part& part = parts_[index];
    const ServerId server = part.candidates[part.tried++ % part.candidates.size()];
    part.asked = true;
    part.owner = server;
    send(server, net::extend(kScanPart, scan_part(what_, part.points)),
         [index](Scan& scan, const Response& response) { scan.opened(index, response); });
  }

  void opened(std::size_t index, const Response& response) {
    Part& part = parts_[index];
    part.asked = false;
    if (response.error().code() == Error::WRONG_SHARD) return refused(index);
    net::proto::ScanPage page;
    if (!response.has_error() && !net::unpack(response, page))
      return end(Error::UNAVAILABLE, "a server has answered with something else than a page");
    if (response.has_error()) return end(response.error().code(), response.error().message());
    add(part, index, std::move(page));
  }

  // The server does not have all of these points.
  void refused(std::size_t index) {
    Part& part = parts_[index];
    if (part.tried % part.candidates.size() != 0) return open_part(index);
    const env::TimePoint again = table()->executor_.now() + kPause;
    if (again >= deadline_)
      return end(Error::UNAVAILABLE, "keys change hands, and did not come to rest in time");
    part.pause = table()->executor_.at(again, [self = shared_from_this(), index] {
      if (!self->table()) return;
      const bool is_old = self->table()->view()->map.epoch != self->view_->map.epoch;
      Part& late = self->parts_[index];
      if (!is_old || late.tried < kRounds * late.candidates.size()) return self->open_part(index);
      self->close_parts();
      self->start();
    });
  }

  void ask_for_page(std::size_t index) {
    Part& part = parts_[index];
    if (part.asked) return;
    part.asked = true;
    Request request;
    request.mutable_scan_next()->set_cursor(part.cursor);
    request.mutable_scan_next()->set_page(++part.pages);
    send(part.owner, std::move(request), [index](Scan& scan, Response response) {
      Part& of = scan.parts_[index];
      of.asked = false;
      if (!response.has_error()) return scan.add(of, index, std::move(*response.mutable_page()));
      of.cursor = 0;
      scan.end(Error::UNAVAILABLE, "the scan has to begin again: " + response.error().message());
    });
  }

  void add(Part& part, std::size_t index, net::proto::ScanPage page) {
    part.cursor = page.cursor();
    if (part.pages == 0) part.pages = 1;
    const bool last = page.cursor() == 0;
    merge_.add(index, std::move(page), last);
    go_on();
  }

  // Answers those who wait, as far as the pages go that have come.
  void go_on() {
    const auto self = shared_from_this();
    while (!line_.empty()) {
      const std::vector<std::size_t> needed = merge_.needs();
      for (const std::size_t part : needed)
        if (parts_[part].cursor != 0) ask_for_page(part);
      if (!needed.empty()) return;
      Response response;
      response.set_id(line_.front().id);
      merge_.take(*response.mutable_page(), table()->options_.page_bytes);
      if (!merge_.is_done()) {
        if (name_ == 0) name_ = table()->keep(self);
        if (name_ == 0) return end(Error::UNAVAILABLE, "too many scans are open");
        response.mutable_page()->set_cursor(name_);
      }
      ++pages_;
      asked_ = table()->executor_.now();
      Reply reply = std::move(line_.front().reply);
      line_.pop_front();
      reply(std::move(response));
      if (merge_.is_done()) return end(Error::NOT_FOUND, "the scan has ended");
    }
  }

  void fail_with(std::uint64_t id, Reply reply, const std::string& why) {
    reply(failed(id, Error::INVALID_ARGUMENT, why + ": the scan has to begin again"));
    end(Error::INVALID_ARGUMENT, why);
  }

  void close_parts() {
    for (Part& part : parts_) {
      part.pause.cancel();
      if (part.cursor == 0 || !table()) continue;
      Request request;
      request.mutable_scan_cancel()->set_cursor(std::exchange(part.cursor, 0));
      send(part.owner, std::move(request), [](Scan&, const Response&) {});
    }
    ++round_;  // what is still under way counts no more
  }

  MergedScans* table() const { return *table_; }  // null: it is gone

  const std::shared_ptr<MergedScans*> table_;
  const net::proto::Scan what_;
  std::shared_ptr<const MapView> view_;
  std::vector<Part> parts_;
  std::uint64_t round_ = 0;
  ScanMerge merge_;
  env::TimePoint deadline_;
  env::TimePoint asked_{};
  std::uint64_t name_ = 0;   // 0: it is not in the table
  std::uint64_t pages_ = 0;  // that were answered
  std::deque<Ask> line_;
};

MergedScans::MergedScans(env::Executor& executor, env::Entropy& entropy, Send send,
                         MergedScansOptions options)
    : executor_(executor), entropy_(entropy), send_(std::move(send)), options_(options) {}

MergedScans::~MergedScans() { *me_ = nullptr; }

void MergedScans::open(const Request& request, env::TimePoint deadline, Reply reply) {
  STRATA_ASSERT(view_);
  std::make_shared<Scan>(*this, request, deadline, std::move(reply))->start();
}

void MergedScans::next(const Request& request, env::TimePoint deadline, Reply reply) {
  const auto found = scans_.find(request.scan_next().cursor());
  if (found == scans_.end())
    return reply(failed(request.id(), Error::NOT_FOUND,
                        "no such scan: it has ended, or nobody asked for its next page for too "
                        "long"));
  const auto scan = found->second;
  scan->next(request, deadline, std::move(reply));
}

void MergedScans::cancel(const Request& request, Reply reply) {
  const auto found = scans_.find(request.scan_cancel().cursor());
  if (found == scans_.end()) return reply(failed(request.id(), Error::NOT_FOUND, "no such scan"));
  const auto scan = found->second;
  scan->end(Error::CANCELLED, "the scan was cancelled");
  Response done;
  done.set_id(request.id());
  done.mutable_page();
  reply(std::move(done));
}

std::uint64_t MergedScans::keep(std::shared_ptr<Scan> scan) {
  if (scans_.size() >= options_.max_open) return 0;
  std::uint64_t name = entropy_.nonzero_bits();
  while (scans_.contains(name)) name = entropy_.nonzero_bits();
  scans_[name] = std::move(scan);
  return name;
}

void MergedScans::housekeep() {
  const env::TimePoint before = executor_.now() - options_.lease;
  std::vector<std::shared_ptr<Scan>> over;
  for (const auto& [name, scan] : scans_)
    if (scan->is_idle_since(before)) over.push_back(scan);
  for (const auto& scan : over) scan->end(Error::NOT_FOUND, "nobody asked for its next page");
}

void MergedScans::check_invariants() const {
  STRATA_ASSERT(scans_.size() <= options_.max_open);
  for (const auto& [name, scan] : scans_) STRATA_ASSERT(name != 0 && scan);
}

}  // namespace strata::shard
