// Kinds of messages that later weeks add to the protocol. A week describes its messages in a .proto
// file of its own, and each kind of request by one MessageKind; no file of this week changes. The
// request goes through clients, sessions and relays like any other. A Service in front of the
// others takes the kinds that it knows (kind_of), and passes on the rest.
//
//   constexpr MessageKind kMove{.number = 501, .answer = 502, .changes = true};
//   client.call(extend(kMove, move), ...);                       // move: a message of week 5
//   if (kind_of(request) == kMove.number) ... unpack(request, move) ... answered(request, moved)
//
// Pure functions. Thread-safety: all may be called from many threads.
#pragma once

#include <cstdint>

#include "net/service.h"

namespace google::protobuf {
class MessageLite;
}

namespace strata::net {

// A number is used once, for ever: 100 times the week, and a count.
struct MessageKind {
  std::uint32_t number;
  std::uint32_t answer;     // the kind of the answer
  bool changes = false;     // it may change something
  bool repeatable = false;  // doing it twice is the same as doing it once
};

// A request of this kind with this message.
Request extend(const MessageKind& kind, const google::protobuf::MessageLite& message);
// The kind of a request; 0: it is none of a later week.
std::uint32_t kind_of(const Request& request);
// The message of a request or a response. False if that is no message of this type.
bool unpack(const Request& request, google::protobuf::MessageLite& message);
bool unpack(const Response& response, google::protobuf::MessageLite& message);
// The answer to such a request.
Response answered(const Request& request, const google::protobuf::MessageLite& message);

// ---- What those must know who pass requests on

// Whether the request may change something. If its answer is lost, its outcome is not known.
bool may_change(const Request& request);

// What an answer must be if it is no error.
struct Expected {
  Response::ResultCase result;
  std::uint32_t kind = 0;  // of an extension's answer

  explicit Expected(const Request& request);
  bool matches(const Response& response) const;  // requires: it is no error
};

}  // namespace strata::net
