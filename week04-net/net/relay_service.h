// Passes requests on to another server: what a coordinator is to its storage process.
//
// A request is sent on once, with its token and the time that is left to it; whether to try again
// is for the client who asked. While nobody answers there, each request but a ping is refused, and
// says so.
#pragma once

#include <memory>

#include "net/client_thread.h"
#include "net/service.h"

namespace strata::net {

class RelayService final : public Service {
 public:
  // Does not wait for a connection. `name`: what is there, for messages: "the storage process".
  RelayService(ClientOptions options, std::string name);
  ~RelayService() override;

  void handle(Request request, Reply reply) override;
  // Answers what is under way with an error; later requests get it too.
  void close();

 private:
  const std::string name_;
  ClientThread client_;
};

}  // namespace strata::net
