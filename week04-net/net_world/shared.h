// What all parts of a world of week 4 have in common: its time, its random numbers, who watches it,
// and what two equal runs have in common.
//
// Thread-safety: none; a world has one thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/checksum.h"
#include "sim/disk.h"
#include "sim/subject.h"

namespace strata::world {

struct Shared {
  Shared(std::uint64_t seed, const sim::Surroundings& around)
      : root(seed), queue(around.queue), probes(around.probes), observer(around.observer) {}

  env::TimePoint now() const { return queue.now(); }
  // Random numbers for one purpose, at this moment. What has happened before and what happens
  // elsewhere does not change them: so a plan without one of its steps does much the same
  // otherwise.
  env::Random draw(std::uint64_t purpose, std::uint64_t number = 0) const {
    return root.split(purpose).split(number).split(
        static_cast<std::uint64_t>(now().time_since_epoch().count()));
  }
  // Notes something that happens in the same way in every run of the same plan.
  void note(std::string_view kind, std::string_view what) {
    fingerprint = checksum64(as_bytes(what), checksum64(as_bytes(kind), fingerprint));
    if (notes) (((*notes += kind) += ' ') += what) += '\n';
  }

  bool has_a_disk_failed() const { return std::ranges::any_of(disks, &sim::Disk::has_ever_failed); }
  bool is_a_disk_damaged() const { return std::ranges::any_of(disks, &sim::Disk::is_damaged); }

  const env::Random root;
  env::EventQueue& queue;
  sim::Probes& probes;
  sim::Observer& observer;
  std::vector<const sim::Disk*> disks;  // of all nodes
  bool is_disturbed = false;            // something has befallen it
  sim::MessageNumber messages = 0;      // that were sent
  std::uint64_t fingerprint = 0;        // of all that was noted
  std::string* notes = nullptr;         // all of it, for a test that shows where two runs differ
};

// The purposes of random numbers.
enum Purpose : std::uint64_t {
  kPipes = 1,
  kConnections,
  kSessions,
  kCallers,
  kClients,
  kDisks,
  kNodes,
  kCluster
};

inline env::TimePoint some_time_after(env::TimePoint start, std::chrono::nanoseconds most,
                                      env::Random& random) {
  return start +
         std::chrono::nanoseconds(random.below(static_cast<std::uint64_t>(most.count()) + 1));
}

}  // namespace strata::world
