// A client with a thread of its own, for callers that are not asynchronous.
//
// Thread-safety: all functions except the destructor may be called from many threads at once.
#pragma once

#include <memory>

#include "net/client.h"

namespace strata::net {

class ClientThread {
 public:
  explicit ClientThread(ClientOptions options);
  // Answers requests in flight with an error, then joins the thread.
  ~ClientThread();
  ClientThread(const ClientThread&) = delete;
  ClientThread& operator=(const ClientThread&) = delete;

  // As Client::call(). The client's thread calls `reply`, which must not block. Blocks: never.
  void call(Request request, Reply reply);
  // As Client::close().
  void close(std::string why);
  // As call(), but blocks until the answer is there.
  Response ask(Request request);

 private:
  class Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace strata::net
