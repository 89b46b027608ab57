// The client's side of one connection, without the connection: which bytes are sent, who waits for
// which answer, and what each failure means for each request.
//
// What is not done must not be done later. So a request that cannot be sent yet waits in a queue,
// and can be withdrawn: before the connection is open, or while the buffer has no room. What a
// caller is told about a request that changes something:
//
//                          its time is over                    the connection ends
//   in the queue           not done: it is withdrawn           not done
//   in the buffer          unknown: it will leave later        not done: the buffer is dropped
//   some of it has left    unknown                             unknown; or what the server's last
//                                                              word says
//
// A request that changes nothing is "not done" in all these cases. The code for that is
// UNAVAILABLE.
//
// Use: connected(). Then again and again send what to_send() returns, say how much was taken(), and
// pass on what was received(). Call tick() from time to time. After received(), tick() and close(),
// and after call() if it is closed, call next_outcome() until no request is over.
//
// Pure: bytes and times go in, bytes and outcomes come out. It never calls a reply.
// Thread-safety: none; one owner.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "env/clock.h"
#include "net/extension.h"
#include "net/frame.h"
#include "net/handshake.h"
#include "net/send_buffer.h"
#include "net/service.h"

namespace strata::net {

class ClientProtocol {
 public:
  using TimePoint = env::TimePoint;

  struct Settings {
    std::string peer;  // where the server listens; for messages
    Identity identity = {};
    std::string name = {};                            // for the server's log
    std::chrono::milliseconds connect_timeout{5000};  // including the handshake
    // Requests leave the queue as long as fewer bytes than this wait to be sent.
    std::size_t buffered = std::size_t{64} << 10;
  };
  // A request that is over, and what its caller must be told. Without a reply: no request.
  struct Outcome {
    Reply reply = {};
    Response response = {};

    explicit operator bool() const { return static_cast<bool>(reply); }
  };

  // `now` is when the owner begins to connect.
  ClientProtocol(Settings settings, TimePoint now);

  // ---- Requests

  // Takes a request, gives it an id, and sends it when that is possible, with the time that is left
  // until `deadline` (max(): none is set) as its timeout. It gets one outcome. May be called at any
  // time; if closed(), the request is not sent. If it throws, it has not taken the request.
  void call(Request& request, TimePoint deadline, TimePoint now, Reply reply);

  // The next request that is over; without a reply, if there is none for now. Between two calls the
  // owner may call any other function. If memory runs out while an answer is read, the owner must
  // close(), or somebody waits for ever. If it throws after that, call it again later.
  Outcome next_outcome();

  // ---- The connection

  // It is made; the handshake begins. `nonce` has kNonceSize bytes that nobody can guess.
  void connected(std::string nonce);
  // It cannot be made.
  void connect_failed(const Error& error);

  // The bytes to send. Moves requests out of the queue, while there is room. Valid until the next
  // call of another function.
  std::string_view to_send(TimePoint now);
  // The first `size` bytes that to_send() has just returned have left, or will leave.
  void taken(std::size_t size) { buffer_.take(size); }

  // Requires: connected() was called, and since the last received(), next_outcome() has returned
  // one without a reply. `bytes` must stay valid and unchanged until it does so again.
  void received(std::string_view bytes);
  // The server's welcome; once, when it has come.
  std::optional<proto::Welcome> take_welcome() { return std::exchange(welcome_, std::nullopt); }

  // Ends requests whose deadline has passed, and a connection that is not open in time.
  void tick(TimePoint now);

  // Ends the connection: it broke, or the owner wants no more of it. A request that may be done
  // gets UNKNOWN, and the others UNAVAILABLE, with the message `why`.
  void close(std::string why);

  bool open() const { return state_ == State::kOpen; }
  // It has ended. Nothing is sent any more.
  bool closed() const { return state_ == State::kClosed; }
  // Why it is closed. Requires: closed().
  const proto::Error& failure() const { return failure_; }

  // A request is either in the queue, and nowhere else, or in the stream of bytes; unless its time
  // is over. Nothing is to be sent if it is closed, and no request has left if it was never open.
  void check_invariants() const;

 private:
  enum class State { kConnecting, kGreeting, kOpen, kClosed };
  struct Waiting {
    Reply reply;
    TimePoint deadline;
    bool changes;  // may_change()
    Expected expected;
    std::string queued = {};  // its bytes but for the timeout, as long as it waits in queue_
    std::optional<std::uint64_t> starts_at = {};  // then its place in the stream of all bytes sent
    bool late = false;  // its time is over, and its caller is not told yet
  };
  using WaitingMap = std::unordered_map<std::uint64_t, Waiting>;  // by id

  void take_hello();
  Outcome next_answer();
  void send(Waiting& waiting, Request& request, TimePoint now);
  void send_queued(Waiting& waiting, TimePoint now);
  Outcome end(WaitingMap::iterator at, bool may_be_done, proto::Error failure);
  void fail(proto::Error failure);

  const Settings settings_;
  const TimePoint started_;

  State state_ = State::kConnecting;
  proto::Error failure_;
  std::string nonce_;
  std::optional<proto::Welcome> welcome_;
  FrameDecoder decoder_{kMaxAnswerSize};
  SendBuffer buffer_;

  std::uint64_t last_id_ = 0;
  WaitingMap waiting_;
  std::deque<std::uint64_t> queue_;  // ids of requests that are not in buffer_ yet, oldest first
  std::vector<std::uint64_t> late_;  // ids of those whose time is over
};

}  // namespace strata::net
