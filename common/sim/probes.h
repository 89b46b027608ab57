// How often each kind of event has happened in a world, or in many: a fault that never happened was
// not tested.
//
// Thread-safety: none; one owner.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace strata::sim {

class Probes {
 public:
  // Names a kind of event that should happen, though it has not yet.
  void expect(std::string_view kind) { counts_.try_emplace(std::string(kind), 0); }
  void hit(std::string_view kind, std::uint64_t times = 1) {
    const auto found = counts_.find(kind);
    if (found == counts_.end())
      counts_.emplace(kind, times);
    else
      found->second += times;
  }
  void add(const Probes& other) {
    for (const auto& [kind, count] : other.counts_) hit(kind, count);
  }
  const std::map<std::string, std::uint64_t, std::less<>>& counts() const { return counts_; }

 private:
  std::map<std::string, std::uint64_t, std::less<>> counts_;
};

}  // namespace strata::sim
