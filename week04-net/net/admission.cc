#include "net/admission.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "net/messages.h"

namespace strata::net {
namespace {

// A payload up to this size may be decoded without counting its operations first.
constexpr std::size_t kSmallRequest = std::size_t{64} << 10;

proto::Error error_of(proto::Error::Code code, std::string message) {
  proto::Error error;
  error.set_code(code);
  error.set_message(std::move(message));
  return error;
}

}  // namespace

std::optional<proto::Error> Admission::judge(std::string_view payload, bool stopping) {
  // A message that has, or had, a body is damaged if memory runs out while it is parsed again.
  if (request_.body_case() != Request::BODY_NOT_SET) request_ = Request();
  const auto outline = payload.size() > kSmallRequest ? outline_of(payload) : Outline{};
  const bool too_many_parts = outline && outline->parts > kMaxParts;
  if (too_many_parts) {
    request_.set_id(outline->id);
    return error_of(proto::Error::INVALID_ARGUMENT,
                    fmt::format("a write of {} operations and conditions, where {} are allowed",
                                outline->parts, kMaxParts));
  }
  if (!outline || !parse(payload, request_)) request_ = Request();
  if (request_.id() == 0) return std::nullopt;
  const proto::Write& write = request_.write();
  const auto parts = static_cast<std::size_t>(write.operations_size()) +
                     static_cast<std::size_t>(write.conditions_size());
  bytes_ = payload.size() + parts * kPartMemory;
  auto refusal = refusal_of(stopping);
  if (refusal) forget_all_but_id();
  return refusal;
}

void Admission::forget_all_but_id() {
  const std::uint64_t id = request_.id();
  request_ = Request();
  request_.set_id(id);
}

std::optional<proto::Error> Admission::refusal_of(bool stopping) {
  if (request_.body_case() == Request::BODY_NOT_SET)
    return error_of(proto::Error::UNSUPPORTED,
                    "a request of a kind that this server does not know");
  if (request_.hops() >= kMaxHops)
    return error_of(
        proto::Error::INVALID_ARGUMENT,
        fmt::format("{} servers have passed this request on: is there a circle?", request_.hops()));
  if (stopping) return error_of(proto::Error::UNAVAILABLE, "the server is stopping");
  if (!may_write_for(request_.write()))
    return error_of(proto::Error::UNAVAILABLE,
                    "this connection has written for as many clients as it may");
  return std::nullopt;
}

// Each client costs the server a record for an hour. So a connection has its share of them.
bool Admission::may_write_for(const proto::Write& write) {
  if (!most_clients_ || !write.has_token()) return true;
  const std::uint64_t client = write.token().client();
  if (std::ranges::find(clients_, client) != clients_.end()) return true;
  if (clients_.size() == *most_clients_) return false;
  clients_.push_back(client);
  return true;
}

void Admission::check_invariants() const {
  STRATA_ASSERT(!most_clients_ || clients_.size() <= *most_clients_);
}

}  // namespace strata::net
