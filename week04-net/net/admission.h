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
  struct Verdict {
    Request request;        // if its id is 0, the frame holds no request that this server knows
    std::size_t bytes = 0;  // about the memory that it takes
    std::optional<proto::Error> refusal = {};
  };

  // `clients`: how many clients the connection may write for; nullopt: any number.
  explicit Admission(std::optional<std::size_t> clients) : most_clients_(clients) {}

  // `stopping`: the server is, and takes no more requests.
  Verdict judge(std::string_view payload, bool stopping);

  // It writes for no more clients than it may.
  void check_invariants() const;

 private:
  std::optional<proto::Error> refusal_of(const Request& request, bool stopping);
  bool may_write_for(const proto::Write& write);

  const std::optional<std::size_t> most_clients_;
  std::vector<std::uint64_t> clients_;  // whose writes this connection has carried
};

}  // namespace strata::net
