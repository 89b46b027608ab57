#include "net/retry.h"

#include <algorithm>

namespace strata::net {
namespace {

constexpr std::chrono::milliseconds kFirstBackoff{10};
constexpr std::chrono::milliseconds kLongestBackoff{1000};
constexpr unsigned kDoublings = 7;  // then it is longer than the longest

bool is_write(const Request& request) { return request.has_write(); }

}  // namespace

bool Attempts::may_retry(const Request& request, const Response& response) {
  // TASK 4.7: what this response says of the attempt, and of the next.
  if (!response.has_error()) return false;
  switch (response.error().code()) {
    case proto::Error::UNAVAILABLE:
      return true;
    case proto::Error::UNKNOWN:
      if (!is_write(request)) return true;
      maybe_done_ = true;
      return request.write().has_token();
    default:
      // The server has decided. With a token that holds for the attempts before as well: had one
      // of them been done, the answer would be that.
      if (is_write(request) && request.write().has_token() &&
          response.error().code() == proto::Error::CONFLICT)
        maybe_done_ = false;
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
