// The network of a simulated world: it carries messages from node to node, late, in another order,
// twice or not at all, as its faults say.
//
// What happens to the n-th message of a link depends on the seed, the link and n. Each kind of
// fault draws from a stream of its own, for each message once, whether the fault is on or not. So a
// fault that is switched off changes nothing for the messages that it did not touch: not their
// delays, and not what else happens to them. That is what makes a failing world simpler step by
// step, and keeps it failing.
//
// Thread-safety: none; a world has one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "env/event_queue.h"
#include "env/random.h"
#include "env/transport.h"

namespace strata::env {

// A chance is between 0 (never) and 1 (always).
struct NetworkFaults {
  // Each message takes a time of its own in this range; the end is not reached. Requires: it is not
  // empty.
  std::chrono::nanoseconds shortest_delay = std::chrono::microseconds(100);
  std::chrono::nanoseconds longest_delay = std::chrono::milliseconds(1);
  // Some take longer by a time below long_delay.
  double long_delay_chance = 0;
  std::chrono::nanoseconds long_delay = std::chrono::seconds(1);
  double loss_chance = 0;
  double duplication_chance = 0;  // of those that are not lost
  // Whether a message may overtake others of its link. If not, it waits for those before it, and
  // its duplicate comes right behind it.
  bool reordering = false;
};

// sent + duplicated is the sum of lost, blocked, undeliverable, delivered, and what is under way.
struct NetworkCounts {
  std::uint64_t sent = 0;
  std::uint64_t lost = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t delayed_long = 0;
  std::uint64_t reordered = 0;      // it came after one that was sent later
  std::uint64_t blocked = 0;        // by a blocked link
  std::uint64_t undeliverable = 0;  // the node was down, or had no handler
  std::uint64_t delivered = 0;      // to the executor of the node

  friend bool operator==(const NetworkCounts&, const NetworkCounts&) = default;
};

class SimulatedNetwork {
 public:
  // Lifetime: `queue` outlives this object, which outlives the transports that it made.
  SimulatedNetwork(EventQueue& queue, std::uint64_t seed) : queue_(queue), seed_(seed) {}
  ~SimulatedNetwork() { queue_.cancel_all(this); }
  SimulatedNetwork(const SimulatedNetwork&) = delete;
  SimulatedNetwork& operator=(const SimulatedNetwork&) = delete;

  // The node is up as long as the result lives, and `executor` is its thread. Messages that it had
  // sent arrive even if it is down by then; messages to it arrive if it is up by then, even if it
  // was restarted. Requires: it is down; `executor` outlives the result.
  std::unique_ptr<Transport> join(NodeId node, Executor& executor);

  // For the messages that are sent from now on.
  void set_faults(const NetworkFaults& faults);

  // Cuts the way from one node to the other, not the way back. As long as it is cut, a message that
  // is sent on it is lost, and so is one that was under way and would arrive. A message that is
  // under way all that time arrives.
  void block(NodeId from, NodeId to) { blocked_.insert({from, to}); }
  void unblock(NodeId from, NodeId to) { blocked_.erase({from, to}); }
  void unblock_all() { blocked_.clear(); }

  // Of the whole life of the network: a fault that never happened was not tested.
  const NetworkCounts& counts() const { return counts_; }

 private:
  class Port;
  using LinkKey = std::pair<NodeId, NodeId>;  // from, to
  struct Link {
    Random delay;
    Random long_delay;
    Random loss;
    Random duplication;
    Random duplicate_delay;
    std::uint64_t sent = 0;
    std::uint64_t latest_delivered = 0;  // the highest number that has arrived
    TimePoint latest_arrival{};          // of those that were sent
  };

  struct Fate {
    std::chrono::nanoseconds delay;
    std::chrono::nanoseconds duplicate_delay;
    bool lost;
    bool duplicated;
    bool delayed_long;
  };

  Link& link(LinkKey key);
  Fate draw(Link& on) const;  // the same number of draws, whatever the faults are
  void send(NodeId from, NodeId to, Bytes message);
  void arrive_at(TimePoint time, LinkKey key, std::uint64_t number, Bytes message);
  void arrive(LinkKey key, std::uint64_t number, Bytes message);

  EventQueue& queue_;
  const Random seed_;
  NetworkFaults faults_;
  NetworkCounts counts_;
  std::map<LinkKey, Link> links_;
  std::set<LinkKey> blocked_;
  std::map<NodeId, Port*> ports_;  // of the nodes that are up
};

}  // namespace strata::env
