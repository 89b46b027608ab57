#include "net/messages.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>

#include <array>
#include <utility>

#include "net/frame.h"

namespace strata::net {
namespace {

using proto::Error;

struct CodePair {
  ErrorCode ours;
  Error::Code theirs;
};

// Used in both directions: the first pair that fits counts. After the line: codes that only the
// protocol has.
constexpr auto kCodes = std::to_array<CodePair>({
    {ErrorCode::kInvalidArgument, Error::INVALID_ARGUMENT},
    {ErrorCode::kNotFound, Error::NOT_FOUND},
    {ErrorCode::kCorruption, Error::CORRUPTION},
    {ErrorCode::kIo, Error::IO},
    {ErrorCode::kUnavailable, Error::UNAVAILABLE},
    {ErrorCode::kConflict, Error::CONFLICT},
    {ErrorCode::kCancelled, Error::CANCELLED},
    {ErrorCode::kUnsupported, Error::UNSUPPORTED},
    {ErrorCode::kUnknown, Error::UNKNOWN},
    // ----
    {ErrorCode::kInvalidArgument, Error::UNAUTHENTICATED},
    {ErrorCode::kUnavailable, Error::DEADLINE},
    {ErrorCode::kUnavailable, Error::NOT_LEADER},
    {ErrorCode::kUnavailable, Error::WRONG_SHARD},
});

// The tag of a field that holds a message: its number and its wire type (Protobuf, "Encoding").
constexpr std::uint32_t tag_of(int field) { return static_cast<std::uint32_t>(field) << 3 | 2U; }

// The tag of a request's id, a field that holds a number.
constexpr std::uint32_t kIdTag = proto::Request::kIdFieldNumber << 3;

// Skips the field after `tag`. False: it is damaged, or a group, which no version of this protocol
// sends.
bool skip(google::protobuf::io::CodedInputStream& in, std::uint32_t tag) {
  std::uint64_t number = 0;
  std::uint32_t size = 0;
  switch (tag & 7U) {
    case 0:
      return in.ReadVarint64(&number);
    case 1:
      return in.Skip(sizeof(std::uint64_t));
    case 2:
      return in.ReadVarint32(&size) && in.Skip(static_cast<int>(size));
    case 5:
      return in.Skip(sizeof(std::uint32_t));
    default:
      return false;
  }
}

}  // namespace

void append_message(const google::protobuf::MessageLite& message, std::string& out) {
  const std::size_t payload_at = out.size() + kFrameHeaderSize;
  const std::size_t end = payload_at + message.ByteSizeLong();
  // GCC 12 may pass a larger size than was asked for.
  out.resize_and_overwrite(end, [&message, payload_at, end](char* bytes, std::size_t) {
    message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(bytes) + payload_at);
    return end;
  });
  finish_frame(out, payload_at);
}

bool parse(std::string_view payload, google::protobuf::MessageLite& message) {
  return message.ParseFromArray(payload.data(), static_cast<int>(payload.size()));
}

std::optional<Outline> outline_of(std::string_view payload) {
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(payload.data()),
                                            static_cast<int>(payload.size()));
  Outline outline;
  std::uint32_t size = 0;
  while (const std::uint32_t tag = in.ReadTag()) {
    if (tag == kIdTag) {
      if (!in.ReadVarint64(&outline.id)) return std::nullopt;
      continue;
    }
    if (tag != tag_of(proto::Request::kWriteFieldNumber)) {
      if (!skip(in, tag)) return std::nullopt;
      continue;
    }
    if (!in.ReadVarint32(&size)) return std::nullopt;
    const auto around = in.PushLimit(static_cast<int>(size));
    while (const std::uint32_t inner = in.ReadTag()) {
      if (inner == tag_of(proto::Write::kOperationsFieldNumber) ||
          inner == tag_of(proto::Write::kConditionsFieldNumber))
        ++outline.parts;
      if (!skip(in, inner)) return std::nullopt;
    }
    if (!in.ConsumedEntireMessage()) return std::nullopt;
    in.PopLimit(around);
  }
  if (!in.ConsumedEntireMessage()) return std::nullopt;
  return outline;
}

strata::Error error_from(const proto::Error& error) {
  for (const CodePair& pair : kCodes)
    if (pair.theirs == error.code()) return {pair.ours, error.message()};
  // A code of a newer peer: it says nothing that we know, so not that the write was not done.
  return {ErrorCode::kUnknown, fmt::format("error {} of a newer program: {}",
                                           static_cast<int>(error.code()), error.message())};
}

proto::Error error_to(const strata::Error& error) {
  proto::Error out;
  out.set_message(error.message);
  for (const CodePair& pair : kCodes) {
    if (pair.ours != error.code) continue;
    out.set_code(pair.theirs);
    break;
  }
  return out;
}

env::TimePoint deadline_of(const proto::Request& request, env::TimePoint now) {
  const std::chrono::milliseconds timeout(request.timeout_ms());
  return timeout.count() == 0 ? env::TimePoint::max() : now + timeout;
}

proto::Response failed(std::uint64_t id, proto::Error error) {
  proto::Response response;
  response.set_id(id);
  *response.mutable_error() = std::move(error);
  return response;
}

proto::Response failed(std::uint64_t id, proto::Error::Code code, std::string message) {
  proto::Error error;
  error.set_code(code);
  error.set_message(std::move(message));
  return failed(id, std::move(error));
}

proto::Response failed(std::uint64_t id, const strata::Error& error) {
  return failed(id, error_to(error));
}

proto::Response pong(std::uint64_t id) {
  proto::Response response;
  response.set_id(id);
  response.mutable_pong();
  return response;
}

void refer_to_operations(const proto::Write& write, WriteBatch& batch) {
  for (const proto::Operation& operation : write.operations())
    if (operation.kind() == proto::Operation::PUT)
      batch.refer_to({OperationKind::kPut, operation.key(), operation.value()});
    else
      batch.refer_to({OperationKind::kDelete, operation.key(), {}});
}

void add_operations(const WriteBatch& batch, proto::Write& write) {
  for (const Operation operation : batch) {
    proto::Operation& out = *write.add_operations();
    out.set_key(operation.key.data(), operation.key.size());
    if (operation.kind == OperationKind::kPut) {
      out.set_kind(proto::Operation::PUT);
      out.set_value(operation.value.data(), operation.value.size());
    } else {
      out.set_kind(proto::Operation::DELETE);
    }
  }
}

Token token_from(const proto::Token& token) {
  return {.client = token.client(),
          .sequence = token.sequence(),
          .settled_below = token.settled_below()};
}

void token_to(const Token& token, proto::Token& out) {
  out.set_client(token.client);
  out.set_sequence(token.sequence);
  out.set_settled_below(token.settled_below);
}

proto::Scan scan_to(const ScanOptions& options) {
  proto::Scan scan;
  scan.set_start(options.range.from);
  if (options.range.to) scan.set_end(*options.range.to);
  scan.set_reverse(options.reverse);
  if (options.limit != std::numeric_limits<std::uint64_t>::max()) scan.set_limit(options.limit);
  return scan;
}

ScanOptions scan_from(const proto::Scan& scan) {
  ScanOptions options;
  options.range.from = scan.start();
  if (scan.has_end()) options.range.to = scan.end();
  options.reverse = scan.reverse();
  if (scan.has_limit()) options.limit = scan.limit();
  return options;
}

void stats_to(const std::vector<Stat>& stats, proto::StatsResult& out) {
  for (const Stat& stat : stats) {
    proto::Stat& one = *out.add_stats();
    one.set_name(stat.name);
    if (const auto* count = std::get_if<std::uint64_t>(&stat.value)) one.set_count(*count);
    if (const auto* number = std::get_if<double>(&stat.value)) one.set_number(*number);
    if (const auto* text = std::get_if<std::string>(&stat.value)) one.set_text(*text);
  }
}

std::vector<Stat> stats_from(const proto::StatsResult& stats) {
  std::vector<Stat> out;
  for (const proto::Stat& one : stats.stats()) {
    switch (one.value_case()) {
      case proto::Stat::kNumber:
        out.push_back({one.name(), one.number()});
        break;
      case proto::Stat::kText:
        out.push_back({one.name(), one.text()});
        break;
      default:
        out.push_back({one.name(), one.count()});
    }
  }
  return out;
}

std::string_view name_of(const proto::Request& request) {
  switch (request.body_case()) {
    case proto::Request::kGet:
      return "get";
    case proto::Request::kWrite:
      return "write";
    case proto::Request::kScan:
      return "scan";
    case proto::Request::kScanNext:
      return "scan_next";
    case proto::Request::kScanCancel:
      return "scan_cancel";
    case proto::Request::kStats:
      return "stats";
    case proto::Request::kExtension:
      return "extension";
    case proto::Request::kPing:
      return "ping";
    case proto::Request::BODY_NOT_SET:
      break;
  }
  return "nothing";
}

std::string_view name_of(const proto::Response& response) {
  switch (response.result_case()) {
    case proto::Response::kError:
      return "error";
    case proto::Response::kGet:
      return "get";
    case proto::Response::kWrite:
      return "write";
    case proto::Response::kPage:
      return "page";
    case proto::Response::kStats:
      return "stats";
    case proto::Response::kExtension:
      return "extension";
    case proto::Response::kPong:
      return "pong";
    case proto::Response::RESULT_NOT_SET:
      break;
  }
  return "nothing";
}

std::string_view name_of(proto::Error::Code code) {
  switch (code) {
    case Error::UNAUTHENTICATED:
      return "not authenticated";
    case Error::DEADLINE:
      return "deadline passed";
    case Error::NOT_LEADER:
      return "not the leader";
    case Error::WRONG_SHARD:
      return "wrong shard";
    default:
      break;
  }
  for (const CodePair& pair : kCodes)
    if (pair.theirs == code) return strata::name_of(pair.ours);
  return "an error of a newer program";
}

}  // namespace strata::net
