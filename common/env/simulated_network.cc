#include "env/simulated_network.h"

#include <algorithm>

#include "base/assert.h"

namespace strata::env {
namespace {

using std::chrono::nanoseconds;

bool is_chance(double chance) { return chance >= 0 && chance <= 1; }

nanoseconds below(Random& stream, nanoseconds bound) {
  return nanoseconds(stream.below(static_cast<std::uint64_t>(bound.count())));
}

}  // namespace

// What a node has of the network.
class SimulatedNetwork::Port final : public Transport {
 public:
  Port(SimulatedNetwork& network, NodeId node, Executor& executor)
      : network_(network), node_(node), executor_(executor) {
    STRATA_ASSERT(network_.ports_.emplace(node_, this).second);
  }
  ~Port() override { network_.ports_.erase(node_); }

  void send(NodeId to, Bytes message) override { network_.send(node_, to, std::move(message)); }
  void on_message(Handler handler) override {
    inbox_->handler = std::make_shared<Handler>(std::move(handler));
  }

  bool deliver(NodeId from, Bytes message) {
    if (!inbox_->handler) return false;
    executor_.post([weak = std::weak_ptr(inbox_), from, message = std::move(message)]() mutable {
      const auto inbox = weak.lock();
      const auto handler = inbox ? inbox->handler : nullptr;  // alive while it runs
      if (handler) (*handler)(from, std::move(message));
    });
    return true;
  }

 private:
  struct Inbox {
    std::shared_ptr<Handler> handler;
  };

  SimulatedNetwork& network_;
  const NodeId node_;
  Executor& executor_;
  const std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
};

std::unique_ptr<Transport> SimulatedNetwork::join(NodeId node, Executor& executor) {
  return std::make_unique<Port>(*this, node, executor);
}

void SimulatedNetwork::set_faults(const NetworkFaults& faults) {
  STRATA_ASSERT(nanoseconds(0) <= faults.shortest_delay);
  STRATA_ASSERT(faults.shortest_delay < faults.longest_delay);
  STRATA_ASSERT(nanoseconds(0) < faults.long_delay);
  STRATA_ASSERT(is_chance(faults.long_delay_chance) && is_chance(faults.loss_chance) &&
                is_chance(faults.duplication_chance));
  faults_ = faults;
}

SimulatedNetwork::Link& SimulatedNetwork::link(LinkKey key) {
  const Random own = seed_.split(key.first.value()).split(key.second.value());
  const Link fresh{.delay = own.split(1),
                   .long_delay = own.split(2),
                   .loss = own.split(3),
                   .duplication = own.split(4),
                   .duplicate_delay = own.split(5)};
  return links_.try_emplace(key, fresh).first->second;
}

SimulatedNetwork::Fate SimulatedNetwork::draw(Link& on) const {
  const nanoseconds range = faults_.longest_delay - faults_.shortest_delay;
  Fate fate;
  fate.delay = faults_.shortest_delay + below(on.delay, range);
  fate.duplicate_delay = faults_.shortest_delay + below(on.duplicate_delay, range);
  fate.lost = on.loss.fraction() < faults_.loss_chance;
  fate.duplicated = on.duplication.fraction() < faults_.duplication_chance;
  fate.delayed_long = on.long_delay.fraction() < faults_.long_delay_chance;
  const nanoseconds long_delay = below(on.long_delay, faults_.long_delay);
  if (fate.delayed_long) fate.delay += long_delay;
  return fate;
}

// A message that is lost holds up those behind it as if it had arrived: so it changes nothing for
// them.
void SimulatedNetwork::send(NodeId from, NodeId to, Bytes message) {
  const LinkKey key{from, to};
  Link& on = link(key);
  const Fate fate = draw(on);
  const std::uint64_t number = ++on.sent;
  const TimePoint alone = queue_.now() + fate.delay;
  on.latest_arrival = std::max(on.latest_arrival, alone);
  ++counts_.sent;
  if (blocked_.contains(key)) {
    ++counts_.blocked;
    return;
  }
  if (fate.lost) {
    ++counts_.lost;
    return;
  }
  counts_.delayed_long += fate.delayed_long;
  const TimePoint arrival = faults_.reordering ? alone : on.latest_arrival;
  if (!fate.duplicated) return arrive_at(arrival, key, number, std::move(message));
  ++counts_.duplicated;
  arrive_at(arrival, key, number, message);
  const TimePoint again = faults_.reordering ? queue_.now() + fate.duplicate_delay : arrival;
  arrive_at(again, key, number, std::move(message));
}

void SimulatedNetwork::arrive_at(TimePoint time, LinkKey key, std::uint64_t number, Bytes message) {
  queue_.add(time, this, [this, key, number, message = std::move(message)]() mutable {
    arrive(key, number, std::move(message));
  });
}

void SimulatedNetwork::arrive(LinkKey key, std::uint64_t number, Bytes message) {
  if (blocked_.contains(key)) {
    ++counts_.blocked;
    return;
  }
  const auto port = ports_.find(key.second);
  if (port == ports_.end() || !port->second->deliver(key.first, std::move(message))) {
    ++counts_.undeliverable;
    return;
  }
  Link& on = link(key);
  counts_.reordered += number < on.latest_delivered;
  on.latest_delivered = std::max(on.latest_delivered, number);
  ++counts_.delivered;
}

}  // namespace strata::env
