// Converts between the messages of the protocol and the types of a Store. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "env/clock.h"
#include "net/strata.pb.h"
#include "net/token_table.h"
#include "store/store.h"

namespace strata::net {

// Appends a frame with `message` to `out`.
void append_message(const google::protobuf::MessageLite& message, std::string& out);
// Decodes `payload` into `message`. False if the payload is no message of that type.
bool parse(std::string_view payload, google::protobuf::MessageLite& message);

// A request's parts: the operations and conditions of its write. Two bytes on the wire can become a
// part that takes hundreds in memory, in the message and later in the store, and each part costs
// time while others wait. So a write may have at most kMaxParts.
inline constexpr std::size_t kMaxParts = std::size_t{64} << 10;
// The memory that a part takes when decoded, beside its key and value.
inline constexpr std::size_t kPartMemory = sizeof(proto::Operation) + 2 * sizeof(std::string);

// What can be found out about the payload of a request without decoding it. nullopt: it is no
// request.
struct Outline {
  std::uint64_t id = 0;
  std::size_t parts = 0;
};
std::optional<Outline> outline_of(std::string_view payload);

// A code that only the protocol has becomes the closest ErrorCode; the message says the rest.
Error error_from(const proto::Error& error);
proto::Error error_to(const Error& error);

// The deadline of a request that has arrived now.
env::TimePoint deadline_of(const proto::Request& request, env::TimePoint now);

// A response that is an error.
proto::Response failed(std::uint64_t id, proto::Error::Code code, std::string message);
proto::Response failed(std::uint64_t id, const Error& error);
proto::Response failed(std::uint64_t id, proto::Error error);

// The answer to a ping.
proto::Response pong(std::uint64_t id);

// Adds the operations of `write` to `batch`, which refers to them. Requires: each is a put or a
// delete; `write` does not change as long as the batch is used.
void refer_to_operations(const proto::Write& write, WriteBatch& batch);
// Adds copies of the operations of `batch` to `write`.
void add_operations(const WriteBatch& batch, proto::Write& write);

Token token_from(const proto::Token& token);
void token_to(const Token& token, proto::Token& out);

// Requires: `options` has no snapshot; `scan` is a valid message.
proto::Scan scan_to(const ScanOptions& options);
ScanOptions scan_from(const proto::Scan& scan);

void stats_to(const std::vector<Stat>& stats, proto::StatsResult& out);
std::vector<Stat> stats_from(const proto::StatsResult& stats);

// The kind of a request, response or error, for people, such as "write".
std::string_view name_of(const proto::Request& request);
std::string_view name_of(const proto::Response& response);
std::string_view name_of(proto::Error::Code code);  // "unknown outcome"

}  // namespace strata::net
