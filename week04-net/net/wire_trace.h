// What went over the wires of a server, as a trace for the viewer. The events are listed in
// common/viewer/README.md.
#pragma once

#include <map>
#include <mutex>

#include "base/trace.h"
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
  // How far a handshake has come: its messages look like no others.
  struct Handshake {
    bool hello = false;
    bool welcome = false;
    bool proof_wanted = false;
  };
  void to_server(std::uint64_t connection, Handshake& handshake, std::string_view payload);
  void to_client(std::uint64_t connection, Handshake& handshake, std::string_view payload);

  Trace& trace_;
  std::mutex mutex_;
  std::map<std::uint64_t, Handshake> handshakes_;  // guarded by mutex_
};

}  // namespace strata::net
