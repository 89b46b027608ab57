// What went over the wires of a server, as a trace for the viewer. The events are listed in
// common/viewer/README.md.
#pragma once

#include <map>
#include <mutex>

#include "base/trace.h"
#include "net/conversation.h"
#include "net/wire_observer.h"

namespace strata::net {

class WireTrace final : public WireObserver {
 public:
  // `trace` must outlive it.
  explicit WireTrace(Trace& trace) : trace_(trace) {}

  void connected(std::uint64_t connection) override;
  void frames(std::uint64_t connection, Direction direction, std::string_view frames) override;
  void closed(std::uint64_t connection) override;

 private:
  // One for each kind of message; `size` is its payload's.
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
