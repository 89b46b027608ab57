// A peer of a server, good or bad: frames of all kinds, which leave in any pieces.
#pragma once

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "env/random.h"
#include "net/extension.h"
#include "net/handshake.h"
#include "net/messages.h"
#include "net/service.h"

namespace strata::net {

class RandomPeer {
 public:
  using Code = proto::Error::Code;
  static constexpr std::string_view kNonce = "the client's 16.";
  static constexpr std::string_view kServerNonce = "the server's 16.";
  static_assert(kNonce.size() == kNonceSize && kServerNonce.size() == kNonceSize);
  static constexpr std::uint64_t kClients = 4;  // that it writes for
  static constexpr std::size_t kAtOnce = 50'000;
  static constexpr std::size_t kFrameBytes = 30'000;  // the largest frame
  // Requests of a later week.
  static constexpr MessageKind kMove{.number = 501, .answer = 502, .changes = true};
  static constexpr MessageKind kLook{.number = 503, .answer = 504};

  // A frame that it has sent, as the server should take it.
  struct Frame {
    std::string bytes;
    std::optional<Request> request = {};  // if it holds one, with an id
    std::optional<Code> ends = {};        // it ends the connection, with this code
    bool is_damaged = false;              // nobody can say what is in it
    std::uint64_t begins_at = 0;          // in the stream of all bytes
    std::uint64_t ends_at() const { return begins_at + bytes.size(); }
  };

  explicit RandomPeer(const Identity& server) : server_(server) {}

  // Sends a frame, which leaves later.
  void send(env::Random& random) {
    const bool greeting = !greeted_;
    // What the server calls a frame that is damaged.
    const Code damage = !greeting      ? proto::Error::CORRUPTION
                        : !said_hello_ ? proto::Error::INVALID_ARGUMENT
                                       : proto::Error::UNAUTHENTICATED;
    Frame frame = greeting ? some_greeting(random) : some_request(random);
    if (random.one_in(100)) spoil(frame, damage, random);
    frame.begins_at = frames_.empty() ? left_ + waiting_.size() : frames_.back().ends_at();
    waiting_ += frame.bytes;
    frames_.push_back(std::move(frame));
  }

  // Makes the next bytes leave, at most kAtOnce.
  std::string leave(env::Random& random) {
    const std::size_t most = std::min(waiting_.size(), kAtOnce);
    const std::size_t size =
        random.one_in(2) ? most : static_cast<std::size_t>(random.below(most + 1));
    std::string bytes = waiting_.substr(0, size);
    waiting_.erase(0, size);
    left_ += size;
    return bytes;
  }
  bool has_bytes() const { return !waiting_.empty(); }
  std::uint64_t left() const { return left_; }  // in all

  // The frames that the server has not taken yet, oldest first.
  const std::deque<Frame>& frames() const { return frames_; }
  Frame take() {
    Frame frame = std::move(frames_.front());
    frames_.pop_front();
    return frame;
  }

 private:
  static std::string frame_of(const google::protobuf::MessageLite& message) {
    std::string frame;
    append_message(message, frame);
    return frame;
  }

  static Frame nonsense(env::Random& random, Code ends) {
    Frame frame{.bytes = {}, .ends = ends};
    append_frame(random.one_in(2) ? "\xff\xff" : "", frame.bytes);
    return frame;
  }

  // The next frame of the handshake. Most are good.
  Frame some_greeting(env::Random& random) {
    if (std::exchange(said_hello_, true)) {
      greeted_ = true;
      const proto::ServerHello reply =
          answer(hello({}, kNonce, ""), server_, kServerNonce, {});  // as the server's
      proto::ClientProof proof = accept(reply, server_, kNonce).value().value();
      if (random.one_in(20)) proof.set_proof("made up");
      const bool good = proof.proof() != "made up";
      return {.bytes = frame_of(proof),
              .ends = good ? std::nullopt : std::optional(proto::Error::UNAUTHENTICATED)};
    }
    greeted_ = server_.secret.empty();
    // A hello may be empty, and then it speaks no version.
    if (random.one_in(30)) {
      Frame frame{.bytes = {}, .ends = proto::Error::INVALID_ARGUMENT};
      append_frame("\xff\xff", frame.bytes);
      return frame;
    }
    proto::ClientHello out = hello({}, kNonce, "peer");
    if (random.one_in(30)) {
      out.set_oldest_version(kProtocolVersion + 1);
      return {.bytes = frame_of(out), .ends = proto::Error::UNSUPPORTED};
    }
    return {.bytes = frame_of(out)};
  }

  Frame some_request(env::Random& random) {
    if (random.one_in(150)) return nonsense(random, proto::Error::INVALID_ARGUMENT);
    Request request;
    request.set_id(++requests_);
    const std::string key = std::string(1 + random.below(30), 'k');
    switch (random.below(13)) {
      case 0:
        request.mutable_scan()->set_start(key);
        break;
      case 1:
        request.mutable_scan_next()->set_cursor(random.next());
        break;
      case 2:
        request.mutable_ping();
        break;
      case 3:
        if (random.one_in(3)) break;  // of a kind that nobody knows
        request.mutable_stats();
        break;
      case 4:
      case 5:
      case 6:
        request.mutable_get()->set_key(key);
        break;
      case 7:
        request.mutable_scan_cancel()->set_cursor(random.next());
        break;
      case 8:
      case 9:
        request = extend(random.one_in(2) ? kMove : kLook, pong(requests_));
        request.set_id(requests_);
        break;
      default:
        proto::Write& write = *request.mutable_write();
        proto::Operation& put = *write.add_operations();
        put.set_kind(proto::Operation::PUT);
        put.set_key(key);
        put.set_value(std::string(random.one_in(10) ? random.below(25'000) : 10, 'v'));
        if (!random.one_in(4)) {
          write.mutable_token()->set_client(1 + random.below(kClients));
          write.mutable_token()->set_sequence(requests_);
        }
    }
    return {.bytes = frame_of(request), .request = std::move(request)};
  }

  static void spoil(Frame& frame, Code code, env::Random& random) {
    frame.request.reset();
    frame.ends = code;
    frame.is_damaged = true;
    if (random.one_in(2))
      frame.bytes[3] = '\x7f';  // a size that is not allowed: the header alone shows it
    else
      frame.bytes.back() = static_cast<char>(frame.bytes.back() ^ 1);
  }

  const Identity server_;
  bool said_hello_ = false;
  bool greeted_ = false;
  std::uint64_t requests_ = 0;
  std::deque<Frame> frames_;
  std::string waiting_;  // bytes that have not left yet
  std::uint64_t left_ = 0;
};

}  // namespace strata::net
