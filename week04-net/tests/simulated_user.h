// A user of a node in a simulated world, who knows what he may see.
//
// Thread-safety: none; a world has one thread.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "net/messages.h"
#include "net_world/caller.h"

namespace strata::net {

// Writes and reads keys that nobody else uses, at most one write and one read at a time.
//
// Each write makes a state of all his keys. As long as nobody knows whether the last write was
// done, he sends it again, with its token; and a read may see the state before it or after it. But
// no state comes back once a later one was seen, or acknowledged.
class SimulatedUser {
 public:
  // How often something has happened to a write.
  struct Figures {
    int repeated = 0;  // it had been done when it was sent once more
    int unknown = 0;   // a client could not say whether it was done
    int undone = 0;    // it was certainly not done
  };

  SimulatedUser(world::Shared& shared, world::Caller& client, char name, Figures& figures)
      : shared_(shared),
        client_(client),
        random_(shared.root.split(kUsers).split(static_cast<std::uint64_t>(name))),
        name_(1, name),
        figures_(figures) {}

  void act() {
    if (!writing_ && random_.one_in(2))
      write();
    else if (reading_)
      return;
    else if (random_.one_in(6))
      scan();
    else
      get();
  }
  void scan() {
    begin_read();
    read_.clear();
    Request request;
    request.mutable_scan()->set_start(name_ + "/");
    request.mutable_scan()->set_end(name_ + "0");  // just behind
    ask_page(std::move(request), 1);
  }
  bool is_waiting() const { return writing_ || reading_; }
  int scans() const { return scans_; }  // that have come to their end

 private:
  using Values = std::map<std::string, std::string>;
  using Code = proto::Error::Code;

  std::string some_key() { return name_ + "/" + std::to_string(random_.below(40)); }
  env::TimePoint some_deadline() {
    if (random_.one_in(5)) return env::TimePoint::max();
    const std::chrono::milliseconds most(random_.one_in(3) ? 10 : 200);
    return world::some_time_after(shared_.now(), most, random_);
  }

  void write() {
    writing_.emplace();
    proto::Write& write = *writing_->mutable_write();
    Values values = states_.back();
    const std::string key = some_key();
    // It holds, unless the write is done twice.
    proto::Condition& condition = *write.add_conditions();
    condition.set_key(key);
    if (const auto before = values.find(key); before != values.end())
      condition.set_value(before->second);
    else
      condition.set_absent(true);
    WriteBatch batch;
    const std::string value(random_.below(100), 'v');
    batch.remove(some_key()).put(key, value + std::to_string(++written_));
    for (const Operation operation : batch)
      if (operation.kind == OperationKind::kPut)
        values[std::string(operation.key)] = operation.value;
      else
        values.erase(std::string(operation.key));
    states_.push_back(std::move(values));
    token_ = client_.tokens().next();
    add_operations(batch, write);
    token_to(token_, *write.mutable_token());
    may_be_done_ = false;
    send_write();
  }
  void send_write() {
    client_.call(*writing_, some_deadline(),
                 [this](const Response& response) { is_written(response); });
  }
  void is_written(const Response& response) {
    if (response.has_write()) {
      if (response.write().repeated()) ++figures_.repeated;
      seen_ = states_.size() - 1;
      return end_write();
    }
    const Code code = response.error().code();
    EXPECT_TRUE(code == proto::Error::UNKNOWN || code == proto::Error::UNAVAILABLE ||
                code == proto::Error::DEADLINE)
        << response.error().message();
    if (code == proto::Error::UNKNOWN) {
      ++figures_.unknown;
      may_be_done_ = true;
    }
    if (may_be_done_) {
      const env::TimePoint soon = shared_.now() + std::chrono::milliseconds(1);
      shared_.queue.add(soon, this, [this] { send_write(); });
      return;
    }
    ++figures_.undone;
    states_.pop_back();
    EXPECT_LT(seen_, states_.size()) << "a write that was not done was seen";
    end_write();
  }
  void end_write() {
    writing_.reset();
    client_.tokens().settle(token_);
  }

  // ---- Reads

  void begin_read() {
    states_.erase(states_.begin(), states_.begin() + static_cast<std::ptrdiff_t>(seen_));
    seen_ = 0;
    reading_ = true;
  }
  // The read is over, and saw a state for which `so` holds.
  void saw(const std::function<bool(const Values&)>& so) {
    const auto found = std::ranges::find_if(states_, so);
    ASSERT_TRUE(found != states_.end()) << "a state is seen that never was, or is over";
    seen_ = std::max(seen_, static_cast<std::size_t>(found - states_.begin()));
    reading_ = false;
  }
  // Returns true if it failed.
  bool has_failed(const Response& response) {
    if (!response.has_error()) return false;
    reading_ = false;
    switch (response.error().code()) {
      case proto::Error::UNAVAILABLE:
      case proto::Error::DEADLINE:
      case proto::Error::CANCELLED:
      case proto::Error::NOT_FOUND:  // a scan that a power cut has ended
      case proto::Error::UNKNOWN:    // a page that cannot be asked for again
        break;
      default:
        ADD_FAILURE() << response.error().message();
    }
    return true;
  }

  void get() {
    begin_read();
    const std::string key = some_key();
    Request request;
    request.mutable_get()->set_key(key);
    client_.call(std::move(request), some_deadline(), [this, key](const Response& response) {
      if (has_failed(response)) return;
      const proto::GetResult& got = response.get();
      saw([&](const Values& values) {
        const auto value = values.find(key);
        return value == values.end() ? !got.has_value()
                                     : got.has_value() && got.value() == value->second;
      });
    });
  }

  void ask_page(Request request, std::uint64_t number) {
    client_.call(std::move(request), some_deadline(),
                 [this, number](const Response& response) { take_page(response, number); });
  }
  void take_page(const Response& response, std::uint64_t number) {
    if (has_failed(response)) return;
    const proto::ScanPage& page = response.page();
    for (const proto::Entry& entry : page.entries()) read_[entry.key()] = entry.value();
    if (page.cursor() == 0) {
      ++scans_;
      return saw([this](const Values& values) { return values == read_; });
    }
    Request next;
    if (random_.one_in(10)) {
      next.mutable_scan_cancel()->set_cursor(page.cursor());
      client_.call(std::move(next), some_deadline(), [](const Response&) {});
      reading_ = false;
      return;
    }
    next.mutable_scan_next()->set_cursor(page.cursor());
    next.mutable_scan_next()->set_page(number + 1);
    ask_page(std::move(next), number + 1);
  }

  static constexpr std::uint64_t kUsers = 1000;  // the purpose of their streams

  world::Shared& shared_;
  world::Caller& client_;
  env::Random random_;
  const std::string name_;
  Figures& figures_;

  std::deque<Values> states_{1};  // each a write later than the one before it
  std::size_t seen_ = 0;          // the states before this one are over

  std::optional<Request> writing_;
  Token token_;
  bool may_be_done_ = false;  // an attempt at the write
  std::uint64_t written_ = 0;
  bool reading_ = false;
  Values read_;  // by the scan
  int scans_ = 0;
};

}  // namespace strata::net
