// Requests that carry a number, if their kind can carry anything; so a test knows them again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "env/random.h"
#include "net/extension.h"
#include "net/messages.h"
#include "random_server.h"

namespace strata::net {

struct NumberedRequest {
  Request request = {};
  bool changes = false;  // it may change something
  Response::ResultCase expected = Response::kPage;
  std::uint32_t kind = 0;  // of the answer, if that is an extension

  // `largest`: of a frame.
  NumberedRequest(std::uint64_t number, env::Random& random, std::size_t largest) {
    // Of a later week.
    constexpr MessageKind kMove{.number = 501, .answer = 502, .changes = true};
    constexpr MessageKind kLook{.number = 503, .answer = 504};
    switch (random.below(16)) {
      case 0:
        request.mutable_get()->set_key(std::to_string(number));
        expected = Response::kGet;
        break;
      case 1:
        request.mutable_scan()->set_start(std::to_string(number));
        break;
      case 2:
        request.mutable_stats();
        expected = Response::kStats;
        break;
      case 3:
        request.mutable_ping();
        expected = Response::kPong;
        break;
      case 4:
      case 5:
        request.mutable_scan_next()->set_cursor(number);
        changes = true;
        break;
      case 6:
        request.mutable_scan_cancel()->set_cursor(number);
        break;
      case 7:
      case 8: {
        changes = random.one_in(2);
        request = extend(changes ? kMove : kLook, pong(number));
        expected = Response::kExtension;
        kind = changes ? kMove.answer : kLook.answer;
        break;
      }
      default:
        request = put_request(std::to_string(number), random.below(largest - 100));
        expected = Response::kWrite;
        changes = true;
    }
  }
};

// nullopt: it carries none.
inline std::optional<std::uint64_t> number_in(const Request& request) {
  if (request.has_scan_next()) return request.scan_next().cursor();
  if (request.has_scan_cancel()) return request.scan_cancel().cursor();
  if (Response inner; unpack(request, inner)) return inner.id();
  if (request.has_scan()) return std::stoull(request.scan().start());
  if (request.has_get()) return std::stoull(request.get().key());
  if (request.has_write()) return std::stoull(request.write().operations(0).key());
  return std::nullopt;
}

}  // namespace strata::net
