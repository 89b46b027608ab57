#include "checker/zones.h"

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>

namespace strata::checker {
namespace {

constexpr Time kBeforeAll = -1;

// Everything that is known of one value: the first end and the last call of its operations.
struct Zone {
  bool is_a_guess = false;  // a read that saw no key is in it, and may have seen another deletion
  std::optional<std::size_t> write = {};
  Time first_end = kNever;
  std::size_t ends = 0;  // the operation that ended first
  Time last_call = std::numeric_limits<Time>::min();
  std::size_t calls = 0;  // the operation that was called last

  void add(std::size_t place, const PartOperation& operation) {
    if (operation.returned < first_end) {
      first_end = operation.returned;
      ends = place;
    }
    if (operation.called >= last_call) {
      last_call = operation.called;
      calls = place;
    }
  }
  // The value was certainly there between the two.
  bool is_certain() const { return first_end < last_call; }
};

bool fits(const PartOperation& operation) {
  const std::size_t sees = operation.seen.size();
  const std::size_t writes = operation.written.size();
  return operation.refuted.empty() && sees + writes == 1;
}

class Zones {
 public:
  explicit Zones(const Part& part) : part_(part) {}

  std::optional<ZonesJudgement> judge() {
    if (part_.keys != 1 || !std::ranges::all_of(part_.operations, fits)) return std::nullopt;
    if (!take_writes()) return std::nullopt;
    if (auto wrong = take_reads()) return wrong;
    const auto pair = contradiction();
    if (!pair) return ZonesJudgement{.linearizable = true};
    const auto& [one, other] = *pair;
    if (one.is_a_guess || other.is_a_guess) return std::nullopt;
    return not_possible(one, other);
  }

 private:
  const PartOperation& at(std::size_t place) const { return part_.operations[place]; }

  // False if a value was written twice.
  bool take_writes() {
    zones_.push_back({.first_end = kBeforeAll, .last_call = kBeforeAll});  // no key, at the start
    for (std::size_t place = 0; place < part_.operations.size(); ++place) {
      const PartOperation& operation = at(place);
      if (operation.written.empty()) continue;
      Zone zone{.write = place};
      zone.add(place, operation);
      const std::uint32_t value = operation.written.front().value;
      if (value == kAbsent)
        deletions_.emplace_back(operation.called, zones_.size());
      else if (!zone_of_.try_emplace(value, zones_.size()).second)
        return false;
      zones_.push_back(zone);
    }
    std::ranges::sort(deletions_);
    return true;
  }

  // What is wrong with a single read, if there is such a one.
  std::optional<ZonesJudgement> take_reads() {
    for (std::size_t place = 0; place < part_.operations.size(); ++place) {
      const PartOperation& operation = at(place);
      if (operation.seen.empty()) continue;
      const std::uint32_t value = operation.seen.front().value;
      if (value == kAbsent) {
        take_read_of_nothing(place);
        continue;
      }
      const auto found = zone_of_.find(value);
      if (found == zone_of_.end())
        return ZonesJudgement{false, {place}, "it saw a value that nobody wrote"};
      Zone& zone = zones_[found->second];
      if (operation.returned < at(*zone.write).called)
        return ZonesJudgement{
            false, {*zone.write, place}, "a value was seen before it was written"};
      zone.add(place, operation);
    }
    return std::nullopt;
  }

  void take_read_of_nothing(std::size_t place) {
    const auto behind = std::ranges::upper_bound(deletions_, at(place).returned, {},
                                                 &std::pair<Time, std::size_t>::first);
    Zone& zone = behind == deletions_.begin() ? zones_.front() : zones_[std::prev(behind)->second];
    if (behind != deletions_.begin()) zone.is_a_guess = true;
    zone.add(place, at(place));
  }

  // Two zones, each of which was there before the other: the first of them is certain.
  std::optional<std::pair<Zone, Zone>> contradiction() {
    const auto certain_end = std::ranges::partition(zones_, &Zone::is_certain).begin();
    const std::ranges::subrange certain(zones_.begin(), certain_end);
    std::ranges::sort(certain, {}, &Zone::first_end);
    // From here on each of them ends before the next one begins, or the search is over.
    for (auto zone = certain.begin(); zone != certain.end(); ++zone)
      if (const auto next = std::next(zone);
          next != certain.end() && next->first_end < zone->last_call)
        return std::pair(*zone, *next);
    for (const Zone& free : std::ranges::subrange(certain_end, zones_.end())) {
      const auto behind = std::ranges::lower_bound(certain, free.last_call, {}, &Zone::first_end);
      if (behind == certain.begin()) continue;
      const Zone& around = *std::prev(behind);
      if (free.first_end < around.last_call) return std::pair(around, free);
    }
    return std::nullopt;
  }

  static ZonesJudgement not_possible(const Zone& one, const Zone& other) {
    ZonesJudgement judgement{.linearizable = false,
                             .why = "two values were each there before the other one"};
    for (const Zone& zone : {one, other}) {
      if (zone.write) judgement.culprits.push_back(*zone.write);
      if (zone.first_end != kBeforeAll) judgement.culprits.push_back(zone.ends);
      if (zone.last_call != kBeforeAll) judgement.culprits.push_back(zone.calls);
    }
    std::ranges::sort(judgement.culprits);
    const auto twice = std::ranges::unique(judgement.culprits);
    judgement.culprits.erase(twice.begin(), twice.end());
    return judgement;
  }

  const Part& part_;
  std::vector<Zone> zones_;
  std::unordered_map<std::uint32_t, std::size_t> zone_of_;  // a value's, in zones_
  std::vector<std::pair<Time, std::size_t>> deletions_;     // when each was called, and its zone
};

}  // namespace

std::optional<ZonesJudgement> judge_by_zones(const Part& part) { return Zones(part).judge(); }

}  // namespace strata::checker
