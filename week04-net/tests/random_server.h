// What a server sends to one client: a hello, answers in any order, nonsense. Its bytes arrive in
// any pieces.
#pragma once

#include <deque>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "env/random.h"
#include "net/handshake.h"
#include "net/messages.h"
#include "net/service.h"

namespace strata::net {

inline std::string framed(const google::protobuf::MessageLite& message) {
  std::string frame;
  append_message(message, frame);
  return frame;
}

inline Request put_request(std::string_view key, std::size_t value_size) {
  Request request;
  proto::Operation& put = *request.mutable_write()->add_operations();
  put.set_kind(proto::Operation::PUT);
  put.set_key(key.data(), key.size());
  put.set_value(std::string(value_size, 'v'));
  return request;
}

class RandomServer {
 public:
  using Code = proto::Error::Code;
  static constexpr std::string_view kClientNonce = "the client's 16.";
  static constexpr std::string_view kServerNonce = "the server's 16.";
  static_assert(kClientNonce.size() == kNonceSize && kServerNonce.size() == kNonceSize);

  // Makes the next bytes leave for the client.
  std::string leave(env::Random& random) {
    const std::size_t size = random.one_in(2)
                                 ? bytes_.size()
                                 : static_cast<std::size_t>(random.below(bytes_.size() + 1));
    const std::string bytes = bytes_.substr(0, size);
    bytes_.erase(0, size);
    left_ += size;
    return bytes;
  }

  // What the next frame means, once the client can understand it: an answer; or the end of the
  // connection, with the id 0. A hello has an error if the client must not go on.
  std::optional<Response> next() {
    if (sent_.empty() || sent_.front().ends_at > left_) return std::nullopt;
    Response meaning = std::move(sent_.front().meaning);
    sent_.pop_front();
    return meaning;
  }

  void send(const Response& response) { send(framed(response), response); }

  // Sends a hello, if none was sent. Most of them are good.
  void send_hello(env::Random& random, const Identity& client) {
    if (std::exchange(greeted_, true)) return;
    proto::ServerHello hello =
        answer(net::hello(client, kClientNonce, ""), client, kServerNonce, {});
    switch (random.below(20)) {
      case 0:
        hello.mutable_refusal()->set_code(proto::Error::CONFLICT);
        return send(framed(hello), end(proto::Error::CONFLICT));
      case 1:
        hello.mutable_welcome()->set_version(kProtocolVersion + 1);
        return send(framed(hello), end(proto::Error::UNSUPPORTED));
      case 2:
        hello.mutable_welcome()->set_wants_proof(true);
        hello.mutable_welcome()->set_proof("made up");
        return send(framed(hello), end(proto::Error::INVALID_ARGUMENT));
      case 3:
        return send(framed(proto::ServerHello()), end(proto::Error::CORRUPTION));
      case 4:
        return send_damaged(random, proto::Error::CORRUPTION);
      default:
        return send(framed(hello), Response());
    }
  }

  // Answers a request, mostly with a result of the kind that it expects. Results show the number of
  // the request. `kind`: of the answer, if an extension is expected.
  void send_answer(env::Random& random, std::uint64_t number, std::uint64_t id,
                   Response::ResultCase expected, std::uint32_t kind) {
    constexpr Response::ResultCase kKinds[] = {Response::kGet,  Response::kWrite,
                                               Response::kPage, Response::kStats,
                                               Response::kPong, Response::kExtension};
    if (random.one_in(6)) return send(failed(id, some_code(random), std::to_string(number)));
    Response response;
    response.set_id(id);
    switch (random.one_in(15) ? kKinds[random.below(std::size(kKinds))] : expected) {
      case Response::kGet:
        response.mutable_get()->set_value(std::to_string(number));
        break;
      case Response::kWrite:
        response.mutable_write()->set_repeated(number % 2 == 1);
        break;
      case Response::kPage:
        response.mutable_page()->set_cursor(number);
        break;
      case Response::kStats:
        response.mutable_stats()->add_stats()->set_count(number);
        break;
      case Response::kExtension:
        response.mutable_extension()->set_kind(random.one_in(8) ? kind + 1 : kind);
        response.mutable_extension()->set_payload(std::to_string(number));
        break;
      default:
        response.mutable_pong();
    }
    send(response);
  }

  void send_last_word(env::Random& random) { send(end(some_code(random))); }

  // Sends something that no client can read; it ends the connection with this code.
  void send_damaged(env::Random& random, Code meaning = proto::Error::UNKNOWN) {
    std::string frame = framed(pong(1));
    switch (random.below(3)) {
      case 0:
        frame[3] = '\x7f';  // a size that is not allowed: the header alone shows it
        return send(frame.substr(0, kFrameHeaderSize), end(meaning));
      case 1:
        frame.back() = static_cast<char>(frame.back() ^ 1);
        return send(frame, end(meaning));
      default:
        frame.clear();
        append_frame("\xff nonsense", frame);
        return send(frame, end(meaning));
    }
  }

 private:
  struct Sent {
    std::uint64_t ends_at;  // in the stream to the client
    Response meaning;
  };

  static Response end(Code code) { return failed(0, code, "that is all"); }

  static Code some_code(env::Random& random) {
    constexpr Code kSome[] = {proto::Error::UNKNOWN, proto::Error::UNAVAILABLE,
                              proto::Error::CONFLICT, proto::Error::DEADLINE};
    return kSome[random.below(std::size(kSome))];
  }

  void send(const std::string& frame, Response meaning) {
    bytes_ += frame;
    sent_.emplace_back(left_ + bytes_.size(), std::move(meaning));
  }

  bool greeted_ = false;
  std::string bytes_;       // that have not left
  std::uint64_t left_ = 0;  // how many have
  std::deque<Sent> sent_;   // that the client has not understood
};

}  // namespace strata::net
