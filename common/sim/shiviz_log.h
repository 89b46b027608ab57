// Writes what happens in a world for ShiViz, which draws it as a diagram of space and time
// (Beschastnikh et al., "Debugging Distributed Systems", ACM Queue 2016). The causal order is said
// by vector clocks (Mattern 1989): of each lane, how many of its events have led to this one.
//
//   (?<host>\S*) (?<clock>{.*})\n(?<event>.*)
//
//   c1 {"c1":2}
//   sends "put k1" to n1
//   n1 {"c1":2,"n1":4}
//   gets "put k1" from c1
//
// Thread-safety: as Observer.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "sim/observer.h"

namespace strata::sim {

class ShivizLog final : public Observer {
 public:
  static constexpr std::string_view kStart = "(?<host>\\S*) (?<clock>{.*})\\n(?<event>.*)\n";

  // `write` is called with whole lines.
  explicit ShivizLog(std::function<void(std::string_view)> write) : write_(std::move(write)) {}

  bool is_watching() const override { return true; }
  void begin(const env::Clock& clock, std::string_view subject, std::uint64_t seed) override;
  void sent(MessageNumber message, std::string_view from, std::string_view to,
            std::string_view what, std::uint64_t size) override;
  void arrived(MessageNumber message) override;
  void lost(MessageNumber message, std::string_view why) override;
  void fault(std::string_view lane, std::string_view what) override;
  void state(std::string_view lane, std::string_view state, std::string_view words) override;
  void did(std::string_view lane, std::string_view what) override;
  void called(std::string_view lane, OperationNumber operation, std::string_view what) override;
  void returned(std::string_view lane, OperationNumber operation, std::string_view outcome,
                std::string_view what) override;

 private:
  using VectorClock = std::map<std::string, std::uint64_t, std::less<>>;  // lane: its events
  struct Message {
    std::string from;
    std::string to;
    std::string what;
    VectorClock clock;  // when it was sent
  };

  VectorClock& event(std::string_view lane, std::string_view what);

  const std::function<void(std::string_view)> write_;
  std::map<std::string, VectorClock, std::less<>> clocks_;  // of the lanes
  std::map<MessageNumber, Message> under_way_;
};

}  // namespace strata::sim
