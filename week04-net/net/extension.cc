#include "net/extension.h"

#include "net/messages.h"

namespace strata::net {
namespace {

Response::ResultCase result_of(const Request& request) {
  switch (request.body_case()) {
    case Request::kGet:
      return Response::kGet;
    case Request::kWrite:
      return Response::kWrite;
    case Request::kStats:
      return Response::kStats;
    case Request::kPing:
      return Response::kPong;
    case Request::kExtension:
      return Response::kExtension;
    default:
      return Response::kPage;
  }
}

}  // namespace

Request extend(const MessageKind& kind, const google::protobuf::MessageLite& message) {
  Request request;
  proto::Extension& extension = *request.mutable_extension();
  extension.set_kind(kind.number);
  extension.set_changes(kind.changes);
  extension.set_repeatable(kind.repeatable);
  extension.set_answer(kind.answer);
  message.SerializeToString(extension.mutable_payload());
  return request;
}

std::uint32_t kind_of(const Request& request) { return request.extension().kind(); }

bool unpack(const Request& request, google::protobuf::MessageLite& message) {
  return request.has_extension() && parse(request.extension().payload(), message);
}

bool unpack(const Response& response, google::protobuf::MessageLite& message) {
  return response.has_extension() && parse(response.extension().payload(), message);
}

Response answered(const Request& request, const google::protobuf::MessageLite& message) {
  Response response;
  response.set_id(request.id());
  response.mutable_extension()->set_kind(request.extension().answer());
  message.SerializeToString(response.mutable_extension()->mutable_payload());
  return response;
}

// The next page of a scan can be read only once.
bool may_change(const Request& request) {
  return request.has_write() || request.has_scan_next() || request.extension().changes();
}

Expected::Expected(const Request& request)
    : result(result_of(request)), kind(request.extension().answer()) {}

bool Expected::matches(const Response& response) const {
  return response.result_case() == result && response.extension().kind() == kind;
}

}  // namespace strata::net
