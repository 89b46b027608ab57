// What all parts of a world of week 4 have in common: its time, its random numbers, and what two
// equal runs have in common.
//
// Thread-safety: none; a world has one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/checksum.h"
#include "env/event_queue.h"
#include "env/random.h"
#include "sim/probes.h"

namespace strata::world {

struct Shared {
  Shared(std::uint64_t seed, sim::Probes& all_probes)
      : root(seed), entropy(seed), probes(all_probes) {}

  env::TimePoint now() const { return queue.now(); }
  // A stream for one purpose. What others draw does not change it.
  env::Random stream(std::uint64_t purpose, std::uint64_t number = 0) const {
    return root.split(purpose).split(number);
  }
  // Notes something that happens in the same way in every run of the same plan.
  void note(std::string_view kind, std::string_view what) {
    fingerprint = checksum64(as_bytes(what), checksum64(as_bytes(kind), fingerprint));
    if (trace) (((*trace += kind) += ' ') += what) += '\n';
  }

  env::EventQueue queue;
  const env::Random root;
  env::SeededEntropy entropy;
  sim::Probes& probes;
  std::uint64_t fingerprint = 0;  // of all that was noted
  std::string* trace = nullptr;   // all of it, for a test that shows where two runs differ
};

// The purposes of streams.
enum Purpose : std::uint64_t { kPipes = 1, kConnections, kCallers, kClients, kDisks };

inline env::TimePoint some_time_after(env::TimePoint start, std::chrono::nanoseconds most,
                                      env::Random& random) {
  return start +
         std::chrono::nanoseconds(random.below(static_cast<std::uint64_t>(most.count()) + 1));
}

}  // namespace strata::world
