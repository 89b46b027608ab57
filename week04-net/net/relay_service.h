// Passes requests on to another server: what a coordinator is to its storage process.
//
// A request is sent on once, with its token and the time that is left to it; whether to try again
// is for the client who asked. While nobody answers there, each request but a ping is refused, and
// says so.
#pragma once

#include <atomic>
#include <string>

#include "net/client_thread.h"
#include "net/service.h"

namespace strata::net {

class RelayService final : public Service {
 public:
  // Begins to connect, and does not wait for it. `name`: what is there, for messages: "the storage
  // process".
  RelayService(ClientOptions options, std::string name);
  ~RelayService() override;

  void handle(Request request, Reply reply) override;
  // What the other server said of itself; false before it has said anything.
  bool durable() const override { return durable_; }
  // Later requests get the error too.
  void give_up() override;

 private:
  ClientOptions options(ClientOptions options);

  const std::string name_;
  std::atomic<bool> durable_{false};
  ClientThread client_;
};

}  // namespace strata::net
