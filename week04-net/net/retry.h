// Whether a request that failed may be sent again, and when. Pure.
//
// Sending again is safe where the first attempt was certainly not done, or where doing it twice
// is the same as once: a write with a token, or a read (but for the next page of a scan, which is
// read once). For all else an honest error is the answer.
#pragma once

#include <chrono>

#include "env/random.h"
#include "net/service.h"

namespace strata::net {

// What is known of a request after some attempts.
class Attempts {
 public:
  // The response that ended an attempt. True: it may be tried again.
  bool may_retry(const Request& request, const Response& response);

  // What to tell the caller, who gives up: if some attempt at a write may have been done, the error
  // says so, whatever the last one came to.
  Response last(Response response) const;

  // How long to wait before the next attempt: twice as long each time, up to a second, and a
  // random part of that, so that clients who failed together do not come back together.
  std::chrono::milliseconds backoff(env::Random& random);

 private:
  unsigned count_ = 0;
  bool maybe_done_ = false;
};

}  // namespace strata::net
