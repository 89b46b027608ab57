// One direction of a connection: bytes arrive later, in order, in any pieces.
//
// Thread-safety: none; a world has one thread.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net_world/message_names.h"
#include "net_world/shared.h"

namespace strata::world {

// The way between a client and the node, for all its connections.
struct Link {
  std::uint64_t number = 0;           // of the client
  std::string client = {};            // its lane
  env::TimePoint blocked_until = {};  // what is sent before arrives then, or later
  std::chrono::nanoseconds longest{std::chrono::milliseconds(1)};  // of the delays
  std::size_t window = 4000;  // so many bytes are on their way in one direction of a connection

  void heal() { *this = Link{.number = number, .client = client, .window = window}; }
};

class Pipe {
 public:
  using Receive = std::function<void(std::string_view)>;  // without bytes: nothing more comes

  struct Ends {
    std::string from;
    std::string to;
    net::Direction direction;
    std::shared_ptr<MessageNames> names;  // of the connection; null: nobody watches
    std::function<void()> resume;         // called when there is room again
  };

  // Lifetime: both references outlive the pipe.
  Pipe(Shared& shared, const Link& link, Ends ends, Receive receive)
      : shared_(shared),
        link_(link),
        ends_(std::move(ends)),
        receive_(std::make_shared<const Receive>(std::move(receive))) {}
  ~Pipe() { drop("the connection is gone"); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  // How many bytes it takes now. The rest waits with the sender until some have arrived.
  std::size_t room() const { return link_.window - std::min(link_.window, under_way_); }
  // Requires: there is room for all of them.
  void send(std::string_view bytes);
  void end();
  // What has not arrived yet is lost.
  void drop(std::string_view why);
  // What is on its way arrives then, or later.
  void delay_until(env::TimePoint time);
  // What is sent from now on arrives then, or later.
  void not_before(env::TimePoint time) { last_ = std::max(last_, time); }

 private:
  env::Random draw() const;
  void arrive(std::string bytes, env::Random& random);
  void arrived(std::string_view bytes);
  void show(std::string_view bytes);

  Shared& shared_;
  const Link& link_;
  const Ends ends_;
  const std::shared_ptr<const Receive> receive_;
  std::size_t under_way_ = 0;                    // bytes
  env::TimePoint last_ = {};                     // when the last piece arrives
  std::deque<sim::MessageNumber> on_their_way_;  // if somebody watches
};

}  // namespace strata::world
