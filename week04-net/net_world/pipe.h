// One direction of a connection: bytes arrive later, in order, in any pieces.
//
// Thread-safety: none; a world has one thread.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "net_world/shared.h"

namespace strata::world {

// The way between a client and the node, for all its connections.
struct Link {
  env::TimePoint blocked_until = {};  // what is sent before arrives then, or later
  std::chrono::nanoseconds longest{std::chrono::milliseconds(1)};  // of the delays
};

class Pipe {
 public:
  using Receive = std::function<void(std::string_view)>;  // without bytes: nothing more comes

  // Lifetime: `shared` and `link` outlive the pipe. `number`: no other pipe has it.
  Pipe(Shared& shared, const Link& link, std::uint64_t number, Receive receive)
      : shared_(shared),
        link_(link),
        random_(shared.stream(kPipes, number)),
        receive_(std::make_shared<const Receive>(std::move(receive))) {}
  ~Pipe() { drop(); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t size = random_.one_in(4) ? 1 + random_.below(bytes.size()) : bytes.size();
      arrive(std::string(bytes.substr(0, size)));
      bytes.remove_prefix(size);
    }
  }
  void end() { arrive({}); }
  // What has not arrived yet is lost.
  void drop() { shared_.queue.cancel_all(this); }

 private:
  static constexpr std::chrono::nanoseconds kLong = std::chrono::milliseconds(100);

  void arrive(std::string bytes) {
    shared_.note("bytes", bytes);
    const auto longest = random_.one_in(150) ? std::max(kLong, link_.longest) : link_.longest;
    last_ =
        std::max({last_, link_.blocked_until, some_time_after(shared_.now(), longest, random_)});
    shared_.queue.add(last_, this,
                      [receive = receive_, bytes = std::move(bytes)] { (*receive)(bytes); });
  }

  Shared& shared_;
  const Link& link_;
  env::Random random_;
  const std::shared_ptr<const Receive> receive_;
  env::TimePoint last_ = {};  // when the last piece arrives
};

}  // namespace strata::world
