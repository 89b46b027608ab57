// Decides whether a request that failed may be sent again, and when. Pure.
//
// Sending again is safe if the first attempt was certainly not done, or if doing the request twice
// is the same as doing it once. That is so for a write with a token, and for a read; but not for
// the next page of a scan, which can be read only once. In all other cases the client reports the
// error.
//
// Thread-safety: none; one owner.
#pragma once

#include <chrono>

#include "env/random.h"
#include "net/service.h"

namespace strata::net {

// What is known about one request after some attempts.
class Attempts {
 public:
  // Takes the response that ended an attempt, and says whether the request may be sent again.
  //
  // After a result: no. After UNAVAILABLE: yes, any request; this attempt was not done. After
  // UNKNOWN: yes, except a write without a token and the next page of a scan; for a write, last()
  // will return UNKNOWN from now on unless a result comes. After every other error: no. The server
  // has decided about this attempt, and would decide the same again.
  bool may_retry(const Request& request, const Response& response);

  // The response to report when there will be no further attempt. If some attempt at a write may
  // have been done, an error becomes UNKNOWN, whatever error the last attempt had.
  Response last(Response response) const;

  // How long to wait before the next attempt: at least 1 ms, and at most a bound that begins with
  // 10 ms and doubles each time, up to a second. The time is random, so that clients that failed
  // together do not come back together.
  std::chrono::milliseconds backoff(env::Random& random);

 private:
  unsigned count_ = 0;
  bool maybe_done_ = false;
};

}  // namespace strata::net
