// A ServerProtocol in a random order of events: a peer sends and takes what it likes, a service
// answers when it likes, memory runs out, the owner stops or closes. A SessionModel watches.
#pragma once

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "env/random.h"
#include "session_model.h"
#include "testing/scarce_memory.h"

namespace strata::net {

class ModelledSession {
 public:
  explicit ModelledSession(std::uint64_t seed)
      : random_(seed),
        settings_(some_settings()),
        model_(settings_),
        protocol_(settings_, std::string(RandomPeer::kServerNonce), now_,
                  [this](Direction direction, std::string_view frame) {
                    const testing::ScarceMemory::Spared spared;
                    if (direction == Direction::kToServer)
                      model_.frame_is_taken(frame, others_);
                    else
                      model_.is_queued(frame);
                  }) {}

  // Returns the number of events.
  std::uint64_t run() {
    go_on();
    const std::uint64_t steps = 20 + random_.below(250);
    for (std::uint64_t i = 0; i < steps && !::testing::Test::HasFailure(); ++i) {
      if (model_.is_closed() && model_.open().empty()) break;
      step();
    }
    return events_;
  }

 private:
  using TimePoint = env::TimePoint;
  using milliseconds = std::chrono::milliseconds;
  static constexpr std::uint64_t kEnoughMemory = ~std::uint64_t{0};

  ServerProtocol::Settings some_settings() {
    ServerLimits limits{.frame_bytes = RandomPeer::kFrameBytes,
                        .connection_bytes = random_.one_in(2) ? 2'000U : 1'500'000U,
                        .total_bytes = 1'600'000,
                        .connection_requests = 1 + random_.below(5),
                        .clients = RandomPeer::kClients - 1,
                        .answer_bytes = 4'000};
    if (random_.one_in(2)) {
      limits.handshake = milliseconds(40);
      limits.frame = milliseconds(30);
      limits.send = milliseconds(50);
      limits.idle = milliseconds(60);
    }
    return {.identity = {.secret = random_.one_in(3) ? "secret" : ""}, .limits = limits};
  }

  // ---- Events

  void step() {
    now_ += milliseconds(random_.one_in(100) ? random_.below(1500) : random_.below(3));
    const std::uint64_t chance = random_.below(100);
    if (chance < 25) return model_.peer().send(random_);
    if (chance < 50) return receive();
    if (chance < 75) {
      if (model_.open().empty()) return;
      const auto& open = model_.open();
      answer(open.lower_bound(1 + random_.below(open.rbegin()->first))->first);
    } else if (chance < 88) {
      socket_room_ += random_.one_in(4) ? 100'000 : random_.below(100);
    } else if (chance < 94) {
      tick();
    } else if (chance < 97) {
      others_ = random_.one_in(2) ? 0 : random_.below(2 * settings_.limits.total_bytes);
    } else if (random_.one_in(6)) {
      end();
    }
    go_on();
  }

  void receive() {
    if (!receiving_ || model_.is_closed()) return;
    if (!model_.peer().has_bytes()) {
      if (!peer_has_ended_) return;
      receiving_ = false;
      model_.peer_has_ended();
      protocol_.ended(now_);
      return go_on();
    }
    std::string bytes = model_.peer().leave(random_);
    if (bytes.empty()) return;
    receiving_ = false;
    model_.bytes_arrived(now_);
    protocol_.received(bytes, now_);
    go_on();
    std::ranges::fill(bytes, '#');  // the buffer is used for something else
  }

  // The service answers a request, on the thread of the connection or another.
  void answer(std::uint64_t id) {
    const Handed& handed = *model_.open().at(id).handed;
    Response response = some_answer(model_.open().at(id).request);
    const ServerLimits& limits = settings_.limits;
    const std::size_t arriving =
        random_.one_in(4) ? random_.below(limits.connection_bytes + limits.answer_bytes) : 0;
    const Response right = model_.answers(id, response, protocol_.held(), others_, arriving);
    std::string frame;
    append_message(right, frame);
    const bool elsewhere = random_.one_in(2);
    const std::size_t size = elsewhere ? frame.size() : right.ByteSizeLong();
    try {
      testing::ScarceMemory scarce(random_.one_in(50) ? random_.below(3) : kEnoughMemory);
      if (elsewhere)
        protocol_.answered(handed, frame, right.has_error(), now_);
      else
        protocol_.answer(handed, std::move(response), now_, others_, arriving);
      scarce.stop();
      model_.answered(id, right.has_error() ? 0 : size);
    } catch (const std::bad_alloc&) {
      model_.lost(id);
    }
  }

  void tick() {
    if (model_.is_closed()) return;
    if (model_.has_lost()) {
      model_.may_end(proto::Error::UNAVAILABLE);
      protocol_.answer_is_lost();
      EXPECT_TRUE(protocol_.over());
      return;
    }
    const bool ends = model_.time_is_over(now_);
    if (ends) model_.may_end(proto::Error::UNAVAILABLE);
    protocol_.tick(now_);
    EXPECT_EQ(protocol_.over(), ends);
  }

  void end() {
    switch (model_.is_closed() ? 0 : random_.below(7)) {
      case 0:
        model_.stops();
        return protocol_.stop(now_);
      case 1:
        model_.may_end(proto::Error::UNAVAILABLE);
        return protocol_.evict();
      case 2:
        if (!protocol_.is_stranger()) return;
        model_.may_end(proto::Error::UNAVAILABLE);
        return protocol_.make_way();
      case 3:
        model_.may_end(proto::Error::IO);
        return protocol_.fail(io_error("something broke"));
      case 4:
        return close();
      default:
        peer_has_ended_ = true;
    }
  }

  // ---- What the owner of a ServerProtocol does

  // After each event.
  void go_on() {
    try {
      do {
        while (const Handed* request = next()) hand_over(*request);
        model_.requests_were_taken(protocol_.held(), others_, now_);
        flush();
      } while (protocol_.ready(others_));
    } catch (const std::bad_alloc&) {
      model_.nothing_is_due();
      model_.may_end(proto::Error::UNAVAILABLE);
      protocol_.fail(unavailable("no memory"));
      flush();
    }
    receiving_ |= protocol_.wants_bytes(others_);
    check();
    if (protocol_.over() && !model_.is_closed()) close();
  }

  const Handed* next() {
    const testing::ScarceMemory scarce(random_.one_in(300) ? random_.below(10) : kEnoughMemory);
    return protocol_.next(now_, others_);
  }

  void hand_over(const Handed& request) {
    model_.is_handed_over(request, std::move(protocol_.request()));
    if (random_.one_in(2)) answer(request.id);  // before the call returns
  }

  void flush() {
    const bool waits = blocked_ && socket_room_ == 0;
    if (waits || protocol_.to_send().empty()) return;
    const std::size_t size = std::min(socket_room_, protocol_.to_send().size());
    socket_room_ -= size;
    model_.system_took(size, now_);
    if (size > 0) protocol_.taken(size, now_);
    blocked_ = !protocol_.to_send().empty();
    if (blocked_) protocol_.blocked(now_);
  }

  void close() {
    model_.closed();
    protocol_.closed();
    EXPECT_EQ(protocol_.held(), protocol_.in_flight());
    check();
  }

  void check() {
    ++events_;
    model_.check(protocol_, others_, now_);
  }

  Response some_answer(const Request& request) {
    if (random_.one_in(8)) return failed(random_.next(), proto::Error::UNKNOWN, "a bad day");
    Response response;
    response.set_id(random_.next());  // whatever the service says
    const std::string value(random_.one_in(4) ? random_.below(5'000) : 10, 'v');
    if (request.has_get())
      response.mutable_get()->set_value(value);
    else if (request.has_scan() || request.has_scan_next())
      response.mutable_page()->add_entries()->set_value(value);
    else if (request.has_scan_cancel())
      response.mutable_page();
    else if (request.has_extension())
      response.mutable_extension()->set_payload(value);
    else if (request.has_write())
      response.mutable_write();
    else
      response.mutable_pong();
    return response;
  }

  env::Random random_;
  TimePoint now_{};
  const ServerProtocol::Settings settings_;
  SessionModel model_;
  ServerProtocol protocol_;
  std::uint64_t events_ = 0;

  std::size_t others_ = 0;
  std::size_t socket_room_ = 0;  // bytes that the system takes
  bool blocked_ = false;         // waiting until it takes more
  bool receiving_ = false;       // waiting for bytes
  bool peer_has_ended_ = false;  // it sends nothing more
};

}  // namespace strata::net
