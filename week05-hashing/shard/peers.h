// How a server calls the other servers of its cluster.
//
// Thread-safety: call() may be called from any thread.
#pragma once

#include "net/service.h"
#include "shard/cluster_map.h"

namespace strata::shard {

class Peers {
 public:
  virtual ~Peers() = default;

  // Sends `request` once, and calls `reply` once, later, on any thread, with the answer or with an
  // error that names the server. The code is UNAVAILABLE if the request was not done and will not
  // be; UNKNOWN if it may be done. Blocks: never.
  virtual void call(const Server& to, net::Request request, env::TimePoint deadline,
                    net::Reply reply) = 0;
};

}  // namespace strata::shard
