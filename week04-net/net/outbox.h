// A SendBuffer and the socket that its bytes go to. Private to the server.
//
// Thread-safety: none; one owner. Blocks: never.
#pragma once

#include "net/listener.h"
#include "net/send_buffer.h"

namespace strata::net {

class Outbox : public SendBuffer {
 public:
  enum class Flushed {
    kAll,     // nothing is left
    kFull,    // the system takes no more now; try again when the socket is writable
    kBroken,  // the connection is broken
  };

  // Gives the system as many bytes as it takes without waiting.
  Flushed flush(Socket& socket);
};

}  // namespace strata::net
