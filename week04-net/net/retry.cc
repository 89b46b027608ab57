#include "net/retry.h"

#include <algorithm>

#include "net/extension.h"

namespace strata::net {
namespace {

constexpr std::chrono::milliseconds kFirstBackoff{10};
constexpr std::chrono::milliseconds kLongestBackoff{1000};
constexpr unsigned kDoublings = 7;  // after so many doublings it is above the longest

// Whether doing this request twice is the same as doing it once.
bool is_repeatable(const Request& request) {
  if (request.has_write()) return request.write().has_token();
  if (request.has_extension()) return request.extension().repeatable();
  return !request.has_scan_next();
}

}  // namespace

bool Attempts::may_retry(const Request& request, const Response& response) {
  // TASK 4.7: may the request be sent again? After a result: no. UNAVAILABLE: yes, this attempt was
  // not done. UNKNOWN: only if is_repeatable(); and if the request may_change() something, remember
  // in maybe_done_, for good, that it may have been done. Any other error: no, and maybe_done_
  // stays as it is, since an earlier attempt may still be done.
  if (!response.has_error()) return false;
  switch (response.error().code()) {
    case proto::Error::UNAVAILABLE:
      return true;
    case proto::Error::UNKNOWN:
      maybe_done_ |= may_change(request);
      return is_repeatable(request);
    default:
      // The server has decided about this attempt. An earlier attempt may still be on its way:
      // after a CONFLICT now, it may be done later all the same.
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
