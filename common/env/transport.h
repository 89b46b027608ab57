// How a node talks to its peers: messages that may be lost. A message that was sent arrives or does
// not. It may arrive late, after messages that were sent later, or twice; nobody is told. What
// arrives is what was sent: no message is changed, cut or made up. So a node numbers its requests,
// repeats them, and recognises what it has seen.
//
// Thread-safety: both calls are for the node's own thread, its Executor, and on it the handler
// runs.
#pragma once

#include <cstdint>
#include <functional>

#include "base/bytes.h"
#include "base/strong.h"

namespace strata::env {

using NodeId = Strong<struct NodeIdTag>;

class Transport {
 public:
  // The message is the handler's to keep.
  using Handler = std::move_only_function<void(NodeId from, Bytes message)>;

  virtual ~Transport() = default;

  // Sends a message if it can. Never blocks, and reports no error: only an answer from `to` says
  // that it has arrived. A node may send to itself; the same holds for such a message.
  virtual void send(NodeId to, Bytes message) = 0;

  // From now on, `handler` is called with each message that arrives. Those that arrive while there
  // is none are lost.
  virtual void on_message(Handler handler) = 0;
};

}  // namespace strata::env
