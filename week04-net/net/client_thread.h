// A client on a thread of its own, for those who are not asynchronous themselves.
//
// Thread-safety: all functions may be called from many threads at once, but for the destructor.
#pragma once

#include <memory>

#include "net/client.h"

namespace strata::net {

class ClientThread {
 public:
  explicit ClientThread(ClientOptions options);
  // Answers what is under way with an error.
  ~ClientThread();
  ClientThread(const ClientThread&) = delete;
  ClientThread& operator=(const ClientThread&) = delete;

  // As Client::call(). `reply` is called by the client's thread and must not block it.
  void call(Request request, Reply reply);
  // As Client::close().
  void close(std::string why);
  // Waits for the answer.
  Response ask(Request request);

 private:
  class Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace strata::net
