#include "env/simulated_network.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "env/simulated_executor.h"

namespace strata::env {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::IsSubsetOf;
using ::testing::Lt;
using ::testing::SizeIs;
using namespace std::chrono_literals;

constexpr NodeId kA{1};
constexpr NodeId kB{2};
constexpr NodeId kC{3};
constexpr std::chrono::nanoseconds kInterval = 50us;  // between messages; less than delays differ

Bytes bytes(std::string_view text) {
  const ByteView view = as_bytes(text);
  return Bytes(view.begin(), view.end());
}

// Three nodes, which write down what arrives.
class World {
 public:
  explicit World(std::uint64_t seed, const NetworkFaults& faults = {}) : network(queue, seed) {
    network.set_faults(faults);
    for (const NodeId node : {kA, kB, kC}) start(node);
  }

  void start(NodeId node) {
    Node& fresh = nodes_[node];
    fresh.executor.emplace(queue, 1u, [] { return 0ns; });
    fresh.transport = network.join(node, *fresh.executor);
    fresh.transport->on_message([this, node](NodeId from, Bytes message) {
      arrivals.push_back({queue.now().time_since_epoch(),
                          fmt::format("{}>{} {}", from.value(), node.value(), as_text(message))});
    });
  }
  void crash(NodeId node) { nodes_.erase(node); }
  Transport& transport(NodeId node) { return *nodes_.at(node).transport; }
  void send(NodeId from, NodeId to, std::string_view text) {
    transport(from).send(to, bytes(text));
  }
  // Sends messages 0, 1, ... from A to B, one each interval, and runs all.
  void send_many(int count) {
    for (int i = 0; i < count; ++i) {
      send(kA, kB, std::to_string(i));
      queue.run_until(queue.now() + kInterval);
    }
    run();
  }
  void run() {
    while (queue.run_one()) continue;
  }

  struct Arrival {
    std::chrono::nanoseconds time;
    std::string what;
    friend bool operator==(const Arrival&, const Arrival&) = default;
    friend void PrintTo(const Arrival& arrival, std::ostream* out) {
      *out << arrival.what << " at " << arrival.time.count() << " ns";
    }
  };
  std::vector<std::string> seen() const {
    std::vector<std::string> seen;
    for (const Arrival& arrival : arrivals) seen.push_back(arrival.what);
    return seen;
  }

  EventQueue queue;
  SimulatedNetwork network;
  std::vector<Arrival> arrivals;

 private:
  struct Node {
    std::optional<SimulatedExecutor> executor;
    std::unique_ptr<Transport> transport;
  };
  std::map<NodeId, Node> nodes_;
};

std::vector<World::Arrival> arrivals_of(const NetworkFaults& faults, std::uint64_t seed = 1) {
  World world(seed, faults);
  world.send_many(1000);
  return world.arrivals;
}

NetworkCounts counts_of(const NetworkFaults& faults) {
  World world(1, faults);
  world.send_many(1000);
  return world.network.counts();
}

const NetworkFaults kAllFaults{
    .long_delay_chance = 0.01, .loss_chance = 0.1, .duplication_chance = 0.1, .reordering = true};

TEST(SimulatedNetwork, DeliversWhatWasSentAfterADelayInItsRange) {
  World world(1, {.shortest_delay = 2ms, .longest_delay = 3ms, .reordering = true});
  for (int i = 0; i < 100; ++i) world.send(kA, kB, "hello");
  world.send(kC, kC, "myself");
  EXPECT_THAT(world.arrivals, IsEmpty());
  world.run();
  EXPECT_THAT(world.seen(), SizeIs(101));
  EXPECT_THAT(world.seen(), ::testing::Contains("1>2 hello").Times(100));
  EXPECT_THAT(world.seen(), ::testing::Contains("3>3 myself"));
  for (const auto& arrival : world.arrivals) EXPECT_THAT(arrival.time, AllOf(Ge(2ms), Lt(3ms)));
}

TEST(SimulatedNetwork, TheSameSeedGivesTheSameTrace) {
  EXPECT_EQ(arrivals_of(kAllFaults, 7), arrivals_of(kAllFaults, 7));
  EXPECT_NE(arrivals_of(kAllFaults, 7), arrivals_of(kAllFaults, 8));
}

TEST(SimulatedNetwork, EachLinkHasItsOwnDelays) {
  World world(1);
  for (const auto& [from, to] : {std::pair{kA, kB}, {kB, kA}, {kA, kC}}) world.send(from, to, "");
  world.run();
  ASSERT_THAT(world.arrivals, SizeIs(3));
  EXPECT_NE(world.arrivals[0].time, world.arrivals[1].time);
  EXPECT_NE(world.arrivals[1].time, world.arrivals[2].time);
}

TEST(SimulatedNetwork, WithoutFaultsEachMessageArrivesOnceAndInOrder) {
  World world(1);
  world.send_many(1000);
  std::vector<std::string> expected;
  for (int i = 0; i < 1000; ++i) expected.push_back(fmt::format("1>2 {}", i));
  EXPECT_EQ(world.seen(), expected);
  EXPECT_EQ(world.network.counts(), (NetworkCounts{.sent = 1000, .delivered = 1000}));
}

TEST(SimulatedNetwork, EachFaultHappensWhenItIsOnAndAlone) {
  const NetworkCounts lost = counts_of({.loss_chance = 0.1});
  EXPECT_NEAR(static_cast<double>(lost.lost), 100, 40);
  EXPECT_EQ(lost, (NetworkCounts{.sent = 1000, .lost = lost.lost, .delivered = 1000 - lost.lost}));

  const NetworkCounts twice = counts_of({.duplication_chance = 0.1});
  EXPECT_NEAR(static_cast<double>(twice.duplicated), 100, 40);
  EXPECT_EQ(twice, (NetworkCounts{.sent = 1000,
                                  .duplicated = twice.duplicated,
                                  .delivered = 1000 + twice.duplicated}));

  const NetworkCounts late = counts_of({.long_delay_chance = 0.1});
  EXPECT_NEAR(static_cast<double>(late.delayed_long), 100, 40);
  EXPECT_EQ(late,
            (NetworkCounts{.sent = 1000, .delayed_long = late.delayed_long, .delivered = 1000}));

  const NetworkCounts mixed = counts_of({.reordering = true});
  EXPECT_GT(mixed.reordered, 100u);
  EXPECT_EQ(mixed, (NetworkCounts{.sent = 1000, .reordered = mixed.reordered, .delivered = 1000}));
}

TEST(SimulatedNetwork, ALongDelayIsLong) {
  const auto arrivals = arrivals_of({.long_delay_chance = 0.01, .reordering = true});
  EXPECT_GT(arrivals.back().time, 100ms);
  EXPECT_LT(arrivals.back().time, 1000 * kInterval + 1ms + 1s);
}

TEST(SimulatedNetwork, ADuplicateComesRightBehindIfNothingIsReordered) {
  World world(1, {.duplication_chance = 1});
  world.send(kA, kB, "1");
  world.send(kA, kB, "2");
  world.run();
  EXPECT_THAT(world.seen(), ElementsAre("1>2 1", "1>2 1", "1>2 2", "1>2 2"));
}

TEST(SimulatedNetwork, WithoutLossTheOthersArriveAtTheSameTimes) {
  for (const bool reordering : {false, true}) {
    NetworkFaults faults = kAllFaults;
    faults.reordering = reordering;
    const auto with = arrivals_of(faults);
    faults.loss_chance = 0;
    const auto without = arrivals_of(faults);
    EXPECT_LT(with.size(), without.size());
    EXPECT_THAT(with, IsSubsetOf(without));
  }
}

TEST(SimulatedNetwork, WithoutDuplicatesTheOthersArriveAtTheSameTimes) {
  NetworkFaults faults = kAllFaults;
  const auto with = arrivals_of(faults);
  faults.duplication_chance = 0;
  const auto without = arrivals_of(faults);
  EXPECT_LT(without.size(), with.size());
  EXPECT_THAT(without, IsSubsetOf(with));
}

TEST(SimulatedNetwork, WithoutLongDelaysTheOthersArriveAtTheSameTimes) {
  NetworkFaults faults = kAllFaults;
  const auto with = arrivals_of(faults);
  const auto is_late = [](const World::Arrival& arrival) {
    const int number = std::stoi(arrival.what.substr(4));
    return arrival.time - number * kInterval >= 1ms;
  };
  std::vector<World::Arrival> in_time;
  std::ranges::remove_copy_if(with, std::back_inserter(in_time), is_late);
  faults.long_delay_chance = 0;
  EXPECT_LT(in_time.size(), with.size());
  EXPECT_THAT(in_time, IsSubsetOf(arrivals_of(faults)));
}

TEST(SimulatedNetwork, ABlockedLinkDeliversNothingAndTheWayBackStaysOpen) {
  World world(1);
  world.network.block(kA, kB);
  world.send(kA, kB, "lost");
  world.send(kB, kA, "back");
  world.send(kA, kC, "elsewhere");
  world.run();
  EXPECT_THAT(world.seen(), ::testing::UnorderedElementsAre("2>1 back", "1>3 elsewhere"));
  world.network.unblock(kA, kB);
  world.send(kA, kB, "again");
  world.run();
  EXPECT_EQ(world.seen().back(), "1>2 again");
  EXPECT_EQ(world.network.counts(), (NetworkCounts{.sent = 4, .blocked = 1, .delivered = 3}));
}

TEST(SimulatedNetwork, ABlockedLinkStopsWhatIsUnderWayAndArrivesMeanwhile) {
  World world(1, {.shortest_delay = 10ms, .longest_delay = 20ms});
  world.send(kA, kB, "stopped");
  world.network.block(kA, kB);
  world.queue.run_until(TimePoint(20ms));
  world.network.unblock_all();
  world.send(kA, kB, "passes");
  world.network.block(kA, kB);
  world.queue.run_until(TimePoint(25ms));
  world.network.unblock(kA, kB);
  world.run();
  EXPECT_THAT(world.seen(), ElementsAre("1>2 passes"));
  EXPECT_EQ(world.network.counts().blocked, 1u);
}

TEST(SimulatedNetwork, ABlockLeavesTheDelaysOfLaterMessages) {
  World open(1, kAllFaults);
  World cut(1, kAllFaults);
  cut.network.block(kA, kB);
  for (World* world : {&open, &cut}) {
    for (int i = 0; i < 100; ++i) world->send(kA, kB, "before");
    world->queue.run_until(TimePoint(10s));
  }
  cut.network.unblock_all();
  open.arrivals.clear();
  open.send_many(100);
  cut.send_many(100);
  EXPECT_EQ(open.arrivals, cut.arrivals);
}

TEST(SimulatedNetwork, ANodeThatIsDownHearsNothingAndItsLastMessagesArrive) {
  World world(1);
  world.send(kA, kB, "last words");
  world.send(kB, kA, "too late");
  world.crash(kA);
  world.run();
  EXPECT_THAT(world.seen(), ElementsAre("1>2 last words"));
  EXPECT_EQ(world.network.counts().undeliverable, 1u);
}

TEST(SimulatedNetwork, ANodeThatWasRestartedHearsWhatWasSentBefore) {
  World world(1);
  world.send(kB, kA, "to its predecessor");
  world.crash(kA);
  world.start(kA);
  world.run();
  EXPECT_THAT(world.seen(), ElementsAre("2>1 to its predecessor"));
}

TEST(SimulatedNetwork, NothingArrivesWhereThereIsNoHandler) {
  World world(1);
  EventQueue& queue = world.queue;
  SimulatedExecutor executor(queue, 1, [] { return 0ns; });
  const auto deaf = world.network.join(NodeId(9), executor);
  world.send(kA, NodeId(9), "hello?");
  world.send(kA, NodeId(10), "is there anybody?");
  world.run();
  EXPECT_EQ(world.network.counts().undeliverable, 2u);
}

TEST(SimulatedNetwork, AHandlerMayAnswerAndReplaceItself) {
  World world(1);
  world.transport(kB).on_message([&world](NodeId from, const Bytes&) {
    world.send(kB, from, "first answer");
    world.transport(kB).on_message(
        [&world](NodeId to, const Bytes&) { world.send(kB, to, "second answer"); });
  });
  world.send(kA, kB, "1");
  world.send(kA, kB, "2");
  world.run();
  EXPECT_THAT(world.seen(), ElementsAre("2>1 first answer", "2>1 second answer"));
}

}  // namespace
}  // namespace strata::env
