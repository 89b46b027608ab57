// How often each kind of event has happened in a world, or in many: a fault that never happened was
// not tested. And how large some things have become.
//
// Thread-safety: none; one owner.
#pragma once

#include <algorithm>
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
  // Something was as large as that.
  void saw_size(std::string_view what, std::uint64_t size) {
    const auto found = largest_.find(what);
    if (found == largest_.end())
      largest_.emplace(what, size);
    else
      found->second = std::max(found->second, size);
  }
  void add(const Probes& other) {
    for (const auto& [kind, count] : other.counts_) hit(kind, count);
    for (const auto& [what, size] : other.largest_) saw_size(what, size);
  }

  using Numbers = std::map<std::string, std::uint64_t, std::less<>>;
  const Numbers& counts() const { return counts_; }
  const Numbers& largest() const { return largest_; }

 private:
  Numbers counts_;
  Numbers largest_;
};

}  // namespace strata::sim
