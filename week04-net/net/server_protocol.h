// The server's side of one connection, without the connection: which requests are handed to the
// service, and when; which are refused; what the peer is told; and when the connection ends.
//
// What a peer may believe (FORMAT.md, "What was done, and why that is certain"):
// - Each request that is handed over gets one answer, or the last word of the server is UNKNOWN, or
//   the connection ends without a last word.
// - A request that is refused is not handed over.
// - After its last word the server hands over nothing, and sends nothing.
// Above its limits (over_limits) a connection takes no more requests, and receives no more bytes.
//
// Use: tell it what happens: received(), ended(), answer(), taken(), tick(), stop() ... After each
// of these, hand over what next() returns until it returns nullptr; send to_send(); and while
// ready(), do both again. Then do what wants_bytes(), is_shut() and over() say.
//
// `others` is always the number of bytes that the server holds for all its other connections.
//
// Pure: bytes and times go in, requests and bytes come out. Thread-safety: none; one owner. But
// fits() may be called from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "net/admission.h"
#include "net/owed.h"
#include "net/receive_buffer.h"
#include "net/send_buffer.h"
#include "net/server_handshake.h"
#include "net/server_limits.h"
#include "net/wire_observer.h"

namespace strata::net {

class ServerProtocol {
 public:
  using TimePoint = env::TimePoint;

  // What all connections of a server have in common.
  struct Settings {
    Identity identity = {};
    ServerLimits limits = {};
    // What a welcome says.
    std::function<bool()> durable = [] { return false; };
    std::function<proto::Limits()> told = [] { return proto::Limits(); };
  };
  // Sees the frames in both directions: those of the peer when they are decoded, those of the
  // server when they are queued.
  using Watch = std::function<void(Direction, std::string_view frames)>;
  struct Figures {
    std::uint64_t requests = 0;  // ever, refused ones included
    std::uint64_t shed = 0;      // answers to reads that were dropped for lack of room
  };

  // `nonce`: as for ServerHandshake. Lifetime: `settings` outlive this object.
  ServerProtocol(const Settings& settings, std::string nonce, TimePoint now, Watch watch = {});

  // ---- The connection

  // Bytes have arrived. Requires: wants_bytes() was true when the owner began to wait for them.
  // They must stay valid and unchanged until next() returns nullptr.
  void received(std::string_view bytes, TimePoint now);
  // The peer sends nothing more, or the connection broke.
  void ended(TimePoint now);

  // The bytes to send. Valid until the next call of another function.
  std::string_view to_send() const { return buffer_.unsent(); }
  // The system has taken the first `size` bytes of to_send().
  void taken(std::size_t size, TimePoint now);
  // It takes no more bytes for now.
  void blocked(TimePoint now) { blocked_since_ = now; }

  // Ends what takes too long. To be called from time to time.
  void tick(TimePoint now);

  // ---- Requests

  // The next request for the service, valid until answer() or answered(). nullptr: there is none,
  // or no room for it, for now.
  const Handed* next(TimePoint now, std::size_t others);
  // What it asks for. May be moved from.
  Request& request() { return admission_.request(); }
  // The service answers a request. `arriving`: bytes of other answers on their way to answered().
  // If it throws, the request is not answered.
  void answer(const Handed& request, Response&& response, TimePoint now, std::size_t others,
              std::size_t arriving = 0);
  // The same, with an answer that is a frame already, and that fits().
  void answered(const Handed& request, std::string_view frame, bool is_error, TimePoint now);
  // Whether there is room for an answer, where so many bytes are in flight on its connection, and
  // so many are held for all connections. If not, the answer must be replaced by no_room().
  // `is_read`: it is the result of a read, which can be done again. There is always room for the
  // answer to a write, because the write was done, and for an error.
  static bool fits(const ServerLimits& limits, bool is_read, std::size_t size,
                   std::size_t in_flight, std::size_t held_by_all);
  static Response no_room(const Response& answer);

  // ---- The end

  // Refuses all requests from now on; ends when the earlier ones are answered.
  void stop(TimePoint now);
  // End the connection at once, with a last word if that can be sent without waiting.
  void answer_is_lost() { give_up("there is no memory for an answer"); }
  void make_way() { give_up("the handshake is not over, and others wait for the place"); }
  void evict();
  void fail(const Error& error);  // inside the server
  // The connection is closed. Frees all bytes; answers are dropped from now on.
  void closed();

  // ---- What to do now

  // There may be a frame, and there is room for it: call next().
  bool ready(std::size_t others) const;
  // Receive bytes. Otherwise do not: the limits are reached, or nothing is to be done for the peer.
  bool wants_bytes(std::size_t others) const;
  // Everything is sent, and nothing will be: shut the sending direction.
  bool is_shut() const { return phase_ == Phase::kShut; }
  bool stopping() const { return stopping_; }
  // Send what can be sent without waiting, then close the connection.
  bool over() const { return phase_ == Phase::kOver; }
  // Why the connection is ended, if it is the peer's doing: once, for the log.
  std::optional<std::string> take_complaint() { return std::exchange(complaint_, std::nullopt); }

  bool is_stranger() const { return handshake_.has_value() && !over(); }
  const Figures& figures() const { return figures_; }
  // The bytes of requests that are not answered, and of answers that are not sent.
  std::size_t in_flight() const { return owed_.bytes() + buffer_.size(); }
  // Those, and the bytes that were received and not used yet.
  std::size_t held() const { return in_flight() + receive_.memory(); }
  // The bytes that are held because the peer is slow: of an unfinished frame, of answers that it
  // does not take, and of received data that was put aside.
  std::size_t held_for_peer() const { return receive_.memory() + buffer_.size(); }

  // After the last word nothing is kept that could be handed over. If the server is stopping and
  // owes nothing, the last word was said.
  void check_invariants() const;

 private:
  enum class Phase {
    kServing,    // takes requests
    kAnswering,  // the peer sends nothing more; what is owed is answered
    kParting,    // the last word was said; nothing may be sent after what is in buffer_
    kShut,       // everything is sent; waits until the peer has closed its side
    kOver,
  };

  void greet(std::string_view payload);
  void refuse(const proto::Error& error);
  void damaged(const Error& error);
  const Handed* admit(std::string_view payload, TimePoint now);
  bool over_limits(std::size_t others) const;
  void send(const google::protobuf::MessageLite& message);
  void show_sent(std::size_t before) const;
  void show_received(std::string_view payload) const;
  void say_last(proto::Error::Code code, std::string_view why);
  void give_up(std::string_view why);
  void advance(TimePoint now);

  const Settings& settings_;
  const Watch watch_;

  Phase phase_ = Phase::kServing;
  bool stopping_ = false;
  std::optional<ServerHandshake> handshake_;  // until it is over
  ReceiveBuffer receive_;
  Admission admission_;
  Owed owed_;
  SendBuffer buffer_;

  std::optional<TimePoint> blocked_since_;    // the system does not take buffer_
  TimePoint quiet_since_ = TimePoint::min();  // the last answer has left
  TimePoint shut_since_ = TimePoint::max();
  std::optional<std::string> complaint_;
  Figures figures_;
};

}  // namespace strata::net
