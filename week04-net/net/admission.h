// Decodes the requests of one connection, and refuses those that the service need not see.
//
// Pure. Thread-safety: none; one owner.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "net/service.h"

namespace strata::net {

class Admission {
 public:
  // `clients`: how many clients the connection may write for; nullopt: any number.
  explicit Admission(std::optional<std::size_t> clients) : most_clients_(clients) {}

  // Decodes the next request, and returns why it is refused, if it is. `stopping`: the server is,
  // and takes no more requests.
  std::optional<proto::Error> judge(std::string_view payload, bool stopping);
  // The request that was decoded last. If its id is 0, the frame holds no request that this server
  // knows. May be moved from.
  Request& request() { return request_; }
  // About the memory that it takes.
  std::size_t bytes() const { return bytes_; }

  // It writes for no more clients than it may.
  void check_invariants() const;

 private:
  std::optional<proto::Error> refusal_of(bool stopping);
  void forget_all_but_id();
  bool may_write_for(const proto::Write& write);

  const std::optional<std::size_t> most_clients_;
  std::vector<std::uint64_t> clients_;  // whose writes this connection has carried
  Request request_;
  std::size_t bytes_ = 0;
};

}  // namespace strata::net
