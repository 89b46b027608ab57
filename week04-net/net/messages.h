// Between the messages of the wire and the types of a Store. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/strata.pb.h"
#include "net/token_table.h"
#include "store/store.h"

namespace strata::net {

// Appends the frame around `message`.
void append_message(const google::protobuf::MessageLite& message, std::string& out);
// False if the payload is no such message.
bool parse(std::string_view payload, google::protobuf::MessageLite& message);

// How many operations and conditions the payload of a request holds, found without making room for
// them: two bytes on the wire can become a hundred in memory. nullopt: it is no request.
std::optional<std::size_t> parts_in(std::string_view payload);
// What one of them takes, decoded, beside its key and value.
inline constexpr std::size_t kPartMemory = sizeof(proto::Operation) + 2 * sizeof(std::string);

// Errors that only the wire knows become the closest of ErrorCode: their message says the rest.
Error error_from(const proto::Error& error);
proto::Error error_to(const Error& error);

// A response that is an error.
proto::Response failed(std::uint64_t id, proto::Error::Code code, std::string message);
proto::Response failed(std::uint64_t id, const Error& error);
proto::Response failed(std::uint64_t id, proto::Error error);

// The answer to a ping.
proto::Response pong(std::uint64_t id);

// Adds the operations of the first to the second. Requires: each is a put or a delete.
void add_operations(const proto::Write& write, WriteBatch& batch);
void add_operations(const WriteBatch& batch, proto::Write& write);

Token token_from(const proto::Token& token);
void token_to(const Token& token, proto::Token& out);

// Requires: neither a snapshot nor, for the second, anything but a valid message.
proto::Scan scan_to(const ScanOptions& options);
ScanOptions scan_from(const proto::Scan& scan);

void stats_to(const std::vector<Stat>& stats, proto::StatsResult& out);
std::vector<Stat> stats_from(const proto::StatsResult& stats);

// What kind of request it is, for people: "write".
std::string_view name_of(const proto::Request& request);
std::string_view name_of(const proto::Response& response);
std::string_view name_of(proto::Error::Code code);  // "unknown outcome"

}  // namespace strata::net
