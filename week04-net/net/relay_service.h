// Passes requests on to another server, as a coordinator does to its storage process.
//
// It sends each request on once, with its token, the time that it has left, and one hop more; the
// client decides whether to try again. While the other server cannot be reached, it refuses every
// request except a ping, with an error that says so.
//
// Thread-safety: as Service.
#pragma once

#include <mutex>
#include <string>

#include "net/client_thread.h"
#include "net/service.h"

namespace strata::net {

class RelayService final : public Service {
 public:
  // Begins to connect, and does not wait for the connection. `name`: what to call the other server
  // in messages, such as "the storage process".
  RelayService(ClientOptions options, std::string name);
  ~RelayService() override;

  void handle(Request request, const Context& context, Reply reply) override;
  // What the last welcome of the other server said. Before the first welcome: false, and the limits
  // of a StoreService as it is by default.
  bool durable() const override;
  proto::Limits limits() const override;
  // As Service::give_up(); later requests get the error too.
  void give_up() override;

 private:
  ClientOptions options(ClientOptions options);

  const std::string name_;
  env::Clock& clock_;
  mutable std::mutex mutex_;
  bool durable_ = false;  // guarded by mutex_
  proto::Limits limits_;  // guarded by mutex_
  ClientThread client_;
};

}  // namespace strata::net
