#include "net/retry.h"

#include <algorithm>

namespace strata::net {
namespace {

constexpr std::chrono::milliseconds kFirstBackoff{10};
constexpr std::chrono::milliseconds kLongestBackoff{1000};
constexpr unsigned kDoublings = 7;  // then it is longer than the longest

// Whether it may be done twice, as far as the request itself goes.
bool is_repeatable(const Request& request) {
  if (request.has_write()) return request.write().has_token();
  return !request.has_scan_next();
}

}  // namespace

bool Attempts::may_retry(const Request& request, const Response& response) {
  // TASK 4.7: what this response says of the attempt, and of the next.
  if (!response.has_error()) return false;
  switch (response.error().code()) {
    case proto::Error::UNAVAILABLE:
      return true;
    case proto::Error::UNKNOWN:
      maybe_done_ |= request.has_write();
      return is_repeatable(request);
    default:
      // The server has decided about this attempt. An earlier one may still be on its way to it:
      // a CONFLICT now does not keep it from being done later.
      return false;
  }
  // END TASK 4.7
}

Response Attempts::last(Response response) const {
  if (response.has_error() && maybe_done_)
    response.mutable_error()->set_code(proto::Error::UNKNOWN);
  return response;
}

std::chrono::milliseconds Attempts::backoff(env::Random& random) {
  const auto longest =
      std::min(kLongestBackoff, kFirstBackoff * (1U << std::min(count_++, kDoublings)));
  return std::chrono::milliseconds(
      1 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(longest.count()))));
}

}  // namespace strata::net
