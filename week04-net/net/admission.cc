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

Admission::Verdict Admission::judge(std::string_view payload, bool stopping) {
  Verdict verdict;
  const auto outline = payload.size() > kSmallRequest ? outline_of(payload) : Outline{};
  const bool too_many_parts = outline && outline->parts > kMaxParts;
  if (too_many_parts) {
    verdict.request.set_id(outline->id);
    verdict.refusal =
        error_of(proto::Error::INVALID_ARGUMENT,
                 fmt::format("a write of {} operations and conditions, where {} are allowed",
                             outline->parts, kMaxParts));
    return verdict;
  }
  if (!outline || !parse(payload, verdict.request)) {
    verdict.request.clear_id();
    return verdict;
  }
  if (verdict.request.id() == 0) return verdict;
  const proto::Write& write = verdict.request.write();
  const auto parts = static_cast<std::size_t>(write.operations_size()) +
                     static_cast<std::size_t>(write.conditions_size());
  verdict.bytes = payload.size() + parts * kPartMemory;
  verdict.refusal = refusal_of(verdict.request, stopping);
  return verdict;
}

std::optional<proto::Error> Admission::refusal_of(const Request& request, bool stopping) {
  if (request.body_case() == Request::BODY_NOT_SET)
    return error_of(proto::Error::UNSUPPORTED,
                    "a request of a kind that this server does not know");
  if (stopping) return error_of(proto::Error::UNAVAILABLE, "the server is stopping");
  if (!may_write_for(request.write()))
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
