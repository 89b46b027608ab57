// The client's side of a connection in a random order of events, with a server that answers what it
// likes; and a model that says after each event what callers may be told next.
//
// What must be true: each caller is told once, and what the server has answered to its request. If
// it is told that its request was not done, no byte of the request has left or will leave. If it is
// told that the request may be done, the request has left, or leaves later. If memory runs out, the
// owner closes the connection, or calls again.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "env/random.h"
#include "net/client_protocol.h"
#include "net/messages.h"
#include "numbered_request.h"
#include "random_server.h"
#include "testing/scarce_memory.h"

namespace strata::net {

class ModelledConnection {
 public:
  // `is_scarce`: memory runs out now and then.
  explicit ModelledConnection(std::uint64_t seed, bool is_scarce = false)
      : is_scarce_(is_scarce),
        random_(seed),
        identity_{.secret = random_.one_in(3) ? "secret" : ""},
        protocol_({.peer = "the server",
                   .identity = identity_,
                   .connect_timeout = kConnectTimeout,
                   .buffered = kBuffered},
                  now_) {}

  // Returns the number of events.
  std::uint64_t run() {
    std::uint64_t steps = 20 + random_.below(300);
    for (; steps > 0 && !::testing::Test::HasFailure(); --steps) {
      step();
      if (state_ == State::kClosed) steps = std::min(steps, kStepsClosed);
    }
    close();
    look();
    deliver();
    EXPECT_TRUE(waiting_.empty() && over_.empty()) << "a caller waits for ever";
    return events_;
  }

 private:
  using Code = proto::Error::Code;
  using TimePoint = env::TimePoint;
  enum class State { kConnecting, kGreeting, kOpen, kClosed };

  // A request that nobody has answered yet.
  struct Asked {
    bool changes = false;
    Response::ResultCase expected = Response::kPage;
    std::uint32_t kind = 0;  // of the answer, if it is an extension
    TimePoint at;
    TimePoint deadline = TimePoint::max();
    std::uint64_t id = 0;
    std::optional<std::uint64_t> starts_at = {};  // in the stream, once it was seen there
  };
  // A request that is over without an answer. No code: UNKNOWN if it was in the buffer, or
  // UNAVAILABLE if it was in the queue; what to_send() shows next tells which.
  struct Over {
    Asked asked;
    std::optional<Code> code;
  };
  static constexpr std::size_t kBuffered = 200;
  static constexpr std::size_t kLargest = 400;  // a frame
  static constexpr std::chrono::milliseconds kConnectTimeout{30};
  static constexpr std::uint64_t kStepsClosed = 10;  // at most so many, once it is closed
  static constexpr TimePoint::duration kShortest = std::chrono::milliseconds(1);

  void step() {
    now_ += std::chrono::milliseconds(random_.below(3));
    if (state_ == State::kConnecting && random_.one_in(5)) return connect();
    const std::uint64_t chance = random_.below(100);
    if (chance < 25) return call();
    if (chance < 35) return look();
    if (chance < 55) return take();
    if (chance < 75) return send_something();
    if (chance < 90) return receive();
    if (random_.one_in(60)) return close();
    tick();
    if (!random_.one_in(4)) deliver();
  }

  // Calls protocol_. Returns false if memory ran out meanwhile.
  template <class Call>
  bool has_memory(Call call) {
    if (!is_scarce_ || !random_.one_in(100)) {
      call();
      return true;
    }
    const testing::ScarceMemory scarce(random_.below(10));
    try {
      call();
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }

  // After each event.
  void check() {
    ++events_;
    protocol_.check_invariants();
    EXPECT_EQ(protocol_.open(), state_ == State::kOpen);
    EXPECT_EQ(protocol_.closed(), state_ == State::kClosed);
    if (state_ == State::kClosed) {
      EXPECT_EQ(protocol_.failure().code(), failure_);
    }
  }

  // ---- Events on the side of the client

  void connect() {
    if (random_.one_in(10)) {
      protocol_.connect_failed(unavailable("nobody listens"));
      fail(proto::Error::UNAVAILABLE);
    } else {
      protocol_.connected(std::string(RandomServer::kClientNonce));
      state_ = State::kGreeting;
    }
    check();
  }

  void call() {
    const std::uint64_t number = ++calls_;
    NumberedRequest asking(number, random_, kLargest);
    Asked asked{
        .changes = asking.changes, .expected = asking.expected, .kind = asking.kind, .at = now_};
    Request& request = asking.request;
    if (!random_.one_in(4)) asked.deadline = now_ + std::chrono::milliseconds(random_.below(30));
    const bool taken = has_memory([&] {
      protocol_.call(request, asked.deadline, now_,
                     [this, number](const Response& response) { told(number, response); });
    });
    asked.id = request.id();
    if (!taken) {
      never_.insert(number);
    } else if (state_ == State::kClosed) {
      over_.emplace(number, Over{asked, not_done(failure_)});
    } else {
      EXPECT_TRUE(numbers_.try_emplace(asked.id, number).second) << "two requests with one id";
      waiting_.emplace(number, asked);
    }
    check();
  }

  void tick() {
    if (!has_memory([this] { protocol_.tick(now_); })) protocol_.tick(now_);
    if (state_ < State::kOpen && now_ > TimePoint() + kConnectTimeout)
      fail(proto::Error::UNAVAILABLE);
    for (auto at = waiting_.begin(); at != waiting_.end();) {
      const auto& [number, asked] = *at;
      if (asked.deadline > now_) {
        ++at;
        continue;
      }
      const auto code = asked.changes ? std::nullopt : std::optional(proto::Error::UNAVAILABLE);
      over_.emplace(number, Over{asked, code});
      at = waiting_.erase(at);
    }
    check();
  }

  void close() {
    protocol_.close("enough");
    fail(proto::Error::UNKNOWN);
    check();
  }

  // Shows the server what is to be sent.
  void look() {
    std::string_view bytes;
    if (!has_memory([&] { bytes = protocol_.to_send(now_); })) bytes = protocol_.to_send(now_);
    EXPECT_LT(bytes.size(), kBuffered + kLargest);
    if (state_ == State::kClosed) {
      EXPECT_TRUE(bytes.empty());
      shown_.clear();
      promised_.clear();
    }
    ASSERT_TRUE(bytes.starts_with(shown_)) << "what was shown before is not there any more";
    shown_frames_.feed(bytes.substr(shown_.size()));
    shown_ = bytes;
    for (;;) {
      const auto payload = shown_frames_.next();
      ASSERT_TRUE(payload.has_value()) << payload.error().message;
      if (!*payload) break;
      understand(**payload, shown_at_);
      shown_at_ += kFrameHeaderSize + (*payload)->size();
    }
    EXPECT_FALSE(shown_frames_.in_frame()) << "only whole frames are added";
    EXPECT_TRUE(promised_.empty()) << "a request that may be done was not sent";
    if (state_ == State::kOpen && bytes.size() < kBuffered) {
      for (const auto& [number, asked] : waiting_)
        EXPECT_TRUE(asked.starts_at) << "there is room, and a request is not sent";
    }
    check();
  }

  void take() {
    look();
    const std::uint64_t size = shown_.empty() ? 0 : 1 + random_.below(shown_.size());
    protocol_.taken(size);
    taken_ += size;
    shown_.erase(0, size);
    check();
  }

  void receive() {
    if (state_ == State::kConnecting) return;
    const std::string bytes = server_.leave(random_);
    if (!has_memory([&] { protocol_.received(bytes); })) {
      close();
      return deliver();
    }
    const bool welcome = state_ == State::kGreeting && model_hello();
    check();
    EXPECT_EQ(protocol_.take_welcome().has_value(), welcome);
    deliver();
  }

  void deliver() {
    for (;;) {
      const auto before = std::tuple(state_, failure_, waiting_, over_);
      answer_ = model_answer();
      ClientProtocol::Outcome outcome;
      if (!has_memory([&] { outcome = protocol_.next_outcome(); })) {
        if (protocol_.closed()) continue;  // it will say the same again
        std::tie(state_, failure_, waiting_, over_) = before;
        close();
        continue;
      }
      check();
      EXPECT_EQ(static_cast<bool>(outcome), answer_ || !over_.empty());
      if (!outcome) return;
      outcome.reply(std::move(outcome.response));
      EXPECT_FALSE(answer_.has_value()) << "another caller was told";
    }
  }

  // A caller is told the outcome of its request.
  void told(std::uint64_t number, const Response& response) {
    if (answer_) {
      EXPECT_EQ(number, answer_->first);
      EXPECT_EQ(response.id(), answer_->second.id());
      if (answer_->second.has_error())  // in whatever words
        EXPECT_EQ(response.error().code(), answer_->second.error().code());
      else
        EXPECT_EQ(response.SerializeAsString(), answer_->second.SerializeAsString());
      answer_.reset();
    } else {
      const auto found = over_.find(number);
      ASSERT_TRUE(found != over_.end()) << "told twice, or too early";
      const auto& [asked, code] = found->second;
      EXPECT_EQ(response.id(), asked.id);
      EXPECT_EQ(response.error().code(),
                code ? *code : promise(number, asked, response.error().code()));
      over_.erase(found);
    }
    if (random_.one_in(4)) call();
    if (random_.one_in(10)) take();
    if (random_.one_in(200)) close();
  }

  // The time of a request was over. Notes what `code` promises about it; returns the right code.
  Code promise(std::uint64_t number, const Asked& asked, Code code) {
    if (asked.starts_at || code == proto::Error::UNKNOWN) {
      if (!asked.starts_at) promised_.insert(number);
      return proto::Error::UNKNOWN;
    }
    never_.insert(number);
    return proto::Error::UNAVAILABLE;
  }

  // ---- The model of the connection

  static Code not_done(Code code) {
    return code == proto::Error::UNKNOWN ? proto::Error::UNAVAILABLE : code;
  }

  void fail(Code code) {
    if (state_ == State::kClosed) return;
    state_ = State::kClosed;
    failure_ = code;
    for (const auto& [number, asked] : waiting_) {
      const bool may_be_done = asked.changes && asked.starts_at && *asked.starts_at < taken_;
      over_.emplace(number, Over{asked, may_be_done ? code : not_done(code)});
    }
    waiting_.clear();
  }

  // Returns whether the client is welcome.
  bool model_hello() {
    const auto meaning = server_.next();
    if (!meaning) return false;
    if (meaning->has_error()) {
      fail(meaning->error().code());
      return false;
    }
    state_ = State::kOpen;
    proof_wanted_ = !identity_.secret.empty();
    return true;
  }

  // The next answer that a caller must get. Nobody, if there is something to tell without answers.
  std::optional<std::pair<std::uint64_t, Response>> model_answer() {
    while (state_ == State::kOpen && over_.empty()) {
      auto answer = server_.next();
      if (!answer) return std::nullopt;
      if (answer->id() == 0) {
        fail(answer->error().code());
        continue;
      }
      const auto number = numbers_.find(answer->id());
      const auto found = number == numbers_.end() ? waiting_.end() : waiting_.find(number->second);
      if (found == waiting_.end()) continue;
      const Asked& asked = found->second;
      if (!answer->has_error() &&
          (answer->result_case() != asked.expected || answer->extension().kind() != asked.kind))
        answer = failed(answer->id(), proto::Error::UNKNOWN,
                        "the server answers something that was not asked");
      waiting_.erase(found);
      return std::pair(number->second, *std::move(answer));
    }
    return std::nullopt;
  }

  // ---- The server

  // Takes a frame of the client.
  void understand(std::string_view payload, std::uint64_t starts_at) {
    if (starts_at == 0) {
      proto::ClientHello hello;
      EXPECT_TRUE(parse(payload, hello) && hello.nonce() == RandomServer::kClientNonce);
    } else if (std::exchange(proof_wanted_, false)) {
      proto::ClientProof proof;
      EXPECT_TRUE(parse(payload, proof) && proves(proof, RandomServer::kClientNonce,
                                                  RandomServer::kServerNonce, identity_.secret));
    } else {
      Request request;
      ASSERT_TRUE(parse(payload, request));
      const std::uint64_t number = number_in(request).value_or(numbers_[request.id()]);
      EXPECT_EQ(numbers_[request.id()], number) << "another request has this id";
      EXPECT_LT(std::exchange(newest_, number), number) << "sent twice, or out of turn";
      EXPECT_FALSE(never_.contains(number)) << "called not done, and sent later";
      promised_.erase(number);
      const auto waits = waiting_.find(number);
      const auto over = over_.find(number);
      if (waits != waiting_.end()) note(waits->second, request, starts_at);
      if (over != over_.end()) note(over->second.asked, request, starts_at);
    }
  }

  void note(Asked& asked, const Request& request, std::uint64_t starts_at) const {
    asked.starts_at = starts_at;
    if (asked.deadline == TimePoint::max()) {
      EXPECT_EQ(request.timeout_ms(), 0u);
    } else {
      const std::chrono::milliseconds timeout(request.timeout_ms());
      EXPECT_GE(timeout, std::max(kShortest, asked.deadline - now_));
      EXPECT_LE(timeout, std::max(kShortest, asked.deadline - asked.at));
    }
  }

  void send_something() {
    if (state_ == State::kGreeting) return server_.send_hello(random_, identity_);
    if (state_ != State::kOpen) return;
    if (random_.one_in(100)) return server_.send_last_word(random_);
    if (random_.one_in(100)) return server_.send_damaged(random_);
    if (waiting_.empty() || random_.one_in(10))
      return server_.send(pong(1 + random_.below(2 * calls_ + 1)));
    auto about = waiting_.lower_bound(random_.below(calls_ + 1));
    if (about == waiting_.end()) about = waiting_.begin();
    const auto& [number, asked] = *about;
    const bool has_left = asked.starts_at && *asked.starts_at < taken_;
    if (has_left || random_.one_in(10))  // a server may answer what it has not received
      server_.send_answer(random_, number, asked.id, asked.expected, asked.kind);
  }

  const bool is_scarce_;
  env::Random random_;
  TimePoint now_;
  const Identity identity_;
  ClientProtocol protocol_;
  std::uint64_t events_ = 0;

  State state_ = State::kConnecting;
  Code failure_ = proto::Error::UNKNOWN;
  std::uint64_t calls_ = 0;                                   // each has a number: 1, 2, 3 ...
  std::map<std::uint64_t, std::uint64_t> numbers_;            // by id
  std::map<std::uint64_t, Asked> waiting_;                    // by number
  std::map<std::uint64_t, Over> over_;                        // by number; nobody was told yet
  std::optional<std::pair<std::uint64_t, Response>> answer_;  // to be told next, and to whom
  std::set<std::uint64_t> never_;                             // must not be sent any more
  std::set<std::uint64_t> promised_;                          // must be sent

  RandomServer server_;
  FrameDecoder shown_frames_{kLargest};
  std::string shown_;           // bytes that were shown to the server and have not left
  std::uint64_t shown_at_ = 0;  // where they end in the stream
  std::uint64_t taken_ = 0;
  bool proof_wanted_ = false;
  std::uint64_t newest_ = 0;  // the last request that was shown
};

}  // namespace strata::net
