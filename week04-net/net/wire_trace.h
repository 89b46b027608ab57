// Writes what goes over the connections of a server into a trace for the viewer.
// common/viewer/README.md lists the events.
//
// Thread-safety: as WireObserver.
#pragma once

#include <map>
#include <mutex>

#include "base/trace.h"
#include "net/conversation.h"
#include "net/wire_observer.h"

namespace strata::net {

class WireTrace final : public WireObserver {
 public:
  // Lifetime: `trace` must outlive this object.
  explicit WireTrace(Trace& trace) : trace_(trace) {}

  void connected(std::uint64_t connection) override;
  void frames(std::uint64_t connection, Direction direction, std::string_view frames) override;
  void closed(std::uint64_t connection) override;

 private:
  // One function for each kind of message. `size`: of the payload.
  void event(std::uint64_t connection, const proto::ClientHello& hello, std::size_t size);
  void event(std::uint64_t connection, const proto::ClientProof& proof, std::size_t size);
  void event(std::uint64_t connection, const proto::ServerHello& hello, std::size_t size);
  void event(std::uint64_t connection, const Request& request, std::size_t size);
  void event(std::uint64_t connection, const Response& response, std::size_t size);

  Trace& trace_;
  std::mutex mutex_;
  std::map<std::uint64_t, Conversation> conversations_;  // guarded by mutex_
};

}  // namespace strata::net
