#include "checker/search.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace strata::checker {
namespace {

// The hash of a set is the exclusive or of what its members give; so members come and go in one
// step. Two sets are taken for equal if their hashes are: 128 bits.
struct Hash {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  Hash& operator^=(const Hash& other) {
    low ^= other.low;
    high ^= other.high;
    return *this;
  }
  friend bool operator==(const Hash&, const Hash&) = default;
};

// The finalizer of SplitMix64: every bit of the result depends on every bit of the number.
std::uint64_t mixed(std::uint64_t number) {
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  return number ^ (number >> 31);
}
Hash hash_of(std::uint64_t one, std::uint64_t other) {
  const std::uint64_t both = mixed(one + 0x9e3779b97f4a7c15) + other * 0x9e3779b97f4a7c15;
  return {mixed(both), mixed(both ^ 0xd1b54a32d192ed03)};
}
Hash hash_of_operation(std::size_t place) { return hash_of(0, place); }
Hash hash_of_value(const PartAccess& access) {
  return access.value == kAbsent ? Hash() : hash_of(std::uint64_t{access.key} + 1, access.value);
}
struct LowBits {
  std::size_t operator()(const Hash& hash) const { return hash.low; }
};

// A call or an answer, in a list in the order of time. What has taken effect is taken out of it.
struct Event {
  std::size_t operation;
  bool is_answer;
  std::uint32_t before = 0;
  std::uint32_t after = 0;
};

// How many operations that have not taken effect yet see a value, and how many write it.
class Left {
 public:
  explicit Left(const Part& part) {
    for (const PartOperation& operation : part.operations) add(operation, 1);
  }

  void take(const PartOperation& operation) { add(operation, -1); }
  void put_back(const PartOperation& operation) { add(operation, 1); }

  // Somebody must still see the value, and nobody will write it again.
  bool is_needed(const PartAccess& access) const {
    const auto found = counts_.find(access);
    return found != counts_.end() && found->second.see > 0 && found->second.write == 0;
  }

 private:
  struct Counts {
    std::int64_t see = 0;
    std::int64_t write = 0;
  };
  struct HashOfAccess {
    std::size_t operator()(const PartAccess& access) const {
      return mixed(std::uint64_t{access.key} << 32 | access.value);
    }
  };

  void add(const PartOperation& operation, std::int64_t by) {
    if (operation.is_known())
      for (const PartAccess& access : operation.seen) counts_[access].see += by;
    for (const PartAccess& access : operation.written) counts_[access].write += by;
  }

  std::unordered_map<PartAccess, Counts, HashOfAccess> counts_;
};

class Search {
 public:
  Search(const Part& part, std::uint64_t budget)
      : part_(part),
        budget_(budget),
        values_(part.keys, kAbsent),
        places_(part.operations.size()),
        left_(part) {
    make_events();
  }

  Verdict run() {
    std::uint32_t at = events_[0].after;
    bool is_known = true;  // those are tried first whose outcome is known
    while (answers_left_ > 0) {
      const Event& event = events_[at];
      if (event.is_answer && is_known) {  // of an operation that has not taken effect
        is_known = false;
        at = events_[0].after;
      } else if (event.is_answer) {
        const auto call = go_back();
        if (!call) return Verdict::kNot;
        is_known = part_.operations[events_[*call].operation].is_known();
        at = events_[*call].after;
      } else if (is_candidate(event.operation, is_known) && take_effect(event.operation)) {
        if (visited_.size() > budget_) return Verdict::kInconclusive;
        is_known = true;
        at = events_[0].after;
      } else {
        at = event.after;
      }
    }
    return Verdict::kLinearizable;
  }

 private:
  struct Step {
    std::size_t operation;
    std::vector<PartAccess> overwritten;
  };
  struct Places {
    std::uint32_t call = 0;
    std::uint32_t answer = 0;  // 0: there is none
  };

  void make_events() {
    std::vector<Event> events;
    for (std::size_t i = 0; i < part_.operations.size(); ++i) {
      events.push_back({i, false});
      if (part_.operations[i].is_known()) events.push_back({i, true});
    }
    // Of one time, calls come first: such operations have no order.
    std::ranges::sort(events, {}, [this](const Event& event) {
      const PartOperation& operation = part_.operations[event.operation];
      return std::tuple(event.is_answer ? operation.returned : operation.called, event.is_answer,
                        event.operation);
    });
    events_.push_back({});  // the list begins and ends here; so a list without answers ends the run
    events_.insert(events_.end(), events.begin(), events.end());
    for (std::uint32_t i = 0; i < events_.size(); ++i) {
      events_[i].before = i == 0 ? static_cast<std::uint32_t>(events_.size()) - 1 : i - 1;
      events_[i].after = i + 1 == events_.size() ? 0 : i + 1;
      if (i == 0) continue;
      Places& places = places_[events_[i].operation];
      (events_[i].is_answer ? places.answer : places.call) = i;
      if (events_[i].is_answer) ++answers_left_;
    }
  }

  bool holds(const PartAccess& access) const { return values_[access.key] == access.value; }

  bool is_candidate(std::size_t place, bool is_known) const {
    return part_.operations[place].is_known() == is_known && (is_known || is_wanted(place));
  }

  // An operation of unknown outcome that touches one key may as well take effect right before the
  // first one that finds its value there; and if there is none, never.
  bool is_wanted(std::size_t place) const {
    const PartOperation& operation = part_.operations[place];
    if (operation.written.size() != 1) return true;
    const PartAccess& write = operation.written.front();
    const auto is_elsewhere = [&](const PartAccess& seen) { return seen.key != write.key; };
    if (std::ranges::any_of(operation.seen, is_elsewhere)) return true;
    for (std::uint32_t at = events_[0].after; !events_[at].is_answer; at = events_[at].after) {
      const PartOperation& next = part_.operations[events_[at].operation];
      if (std::ranges::find(next.seen, write) != next.seen.end() ||
          std::ranges::find(next.refuted, write.key, &PartAccess::key) != next.refuted.end())
        return true;
    }
    return false;
  }

  // False if it does not fit, or leads to a state that was visited.
  bool take_effect(std::size_t place) {
    const PartOperation& operation = part_.operations[place];
    const auto held = [this](const PartAccess& access) { return holds(access); };
    if (!std::ranges::all_of(operation.seen, held)) return false;
    if (!operation.refuted.empty() && std::ranges::all_of(operation.refuted, held)) return false;
    left_.take(operation);
    if (overwrites_what_is_needed(operation) || !is_new(place)) {
      left_.put_back(operation);
      return false;
    }
    Step step{place, {}};
    for (const PartAccess& write : operation.written) {
      step.overwritten.push_back({write.key, values_[write.key]});
      values_[write.key] = write.value;
    }
    steps_.push_back(std::move(step));
    take_out(places_[place].call);
    if (operation.is_known()) {
      take_out(places_[place].answer);
      --answers_left_;
    }
    return true;
  }

  bool overwrites_what_is_needed(const PartOperation& operation) const {
    return std::ranges::any_of(operation.written, [this](const PartAccess& write) {
      return values_[write.key] != write.value && left_.is_needed({write.key, values_[write.key]});
    });
  }

  // Goes to the state after the operation, unless it was visited.
  bool is_new(std::size_t place) {
    const PartOperation& operation = part_.operations[place];
    Hash next = hash_;
    next ^= hash_of_operation(place);
    for (const PartAccess& write : operation.written) {
      next ^= hash_of_value({write.key, values_[write.key]});
      next ^= hash_of_value(write);
    }
    if (!visited_.insert(next).second) return false;
    hash_ = next;
    return true;
  }

  // Takes steps back, up to one in whose place another may be better. Returns the event of its
  // call, or nullopt if there is none. What changes nothing is never better later.
  std::optional<std::uint32_t> go_back() {
    while (!steps_.empty()) {
      const bool changes = !steps_.back().overwritten.empty();
      const std::uint32_t call = undo();
      if (changes) return call;
    }
    return std::nullopt;
  }

  // Returns the event of the call that has no effect any more.
  std::uint32_t undo() {
    const Step step = std::move(steps_.back());
    steps_.pop_back();
    left_.put_back(part_.operations[step.operation]);
    hash_ ^= hash_of_operation(step.operation);
    for (const PartAccess& old : step.overwritten) {
      hash_ ^= hash_of_value({old.key, values_[old.key]});
      hash_ ^= hash_of_value(old);
      values_[old.key] = old.value;
    }
    if (part_.operations[step.operation].is_known()) {
      put_back(places_[step.operation].answer);
      ++answers_left_;
    }
    put_back(places_[step.operation].call);
    return places_[step.operation].call;
  }

  void take_out(std::uint32_t at) {
    events_[events_[at].before].after = events_[at].after;
    events_[events_[at].after].before = events_[at].before;
  }
  // Requires: what was taken out later is back.
  void put_back(std::uint32_t at) {
    events_[events_[at].before].after = at;
    events_[events_[at].after].before = at;
  }

  const Part& part_;
  const std::uint64_t budget_;
  std::vector<std::uint32_t> values_;  // of the keys
  std::vector<Event> events_;
  std::vector<Places> places_;    // of each operation's events
  std::size_t answers_left_ = 0;  // of operations that have not taken effect
  Left left_;                     // of them
  std::vector<Step> steps_;       // the order so far
  Hash hash_;                     // of the operations in it, and of values_
  std::unordered_set<Hash, LowBits> visited_;
};

}  // namespace

Verdict judge_by_search(const Part& part, std::uint64_t budget) {
  return Search(part, budget).run();
}

}  // namespace strata::checker
