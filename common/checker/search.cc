#include "checker/search.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "checker/visited.h"

namespace strata::checker {
namespace {

// A call or an answer, in a list in the order of time. What has taken effect is taken out of it.
struct Event {
  std::size_t operation;
  bool is_answer;
  std::uint32_t before = 0;
  std::uint32_t after = 0;
};

struct HashOfAccess {
  std::size_t operator()(const PartAccess& access) const {
    return mixed(std::uint64_t{access.key} << 32 | access.value);
  }
};

// Values of a key that nobody asks for cannot be told apart. So they are one value here.
Part with_unnoticed_values_alike(Part part) {
  constexpr std::uint32_t kUnnoticed = std::numeric_limits<std::uint32_t>::max();
  std::unordered_set<PartAccess, HashOfAccess> noticed;
  for (const PartOperation& operation : part.operations) {
    noticed.insert(operation.seen.begin(), operation.seen.end());
    noticed.insert(operation.refuted.begin(), operation.refuted.end());
  }
  for (PartOperation& operation : part.operations)
    for (PartAccess& write : operation.written)
      if (!noticed.contains(write)) write.value = kUnnoticed;
  return part;
}

// How many operations that have not taken effect yet see a value, write it, or say that a key had
// another one.
class Left {
 public:
  explicit Left(const Part& part) : refuted_(part.keys) {
    for (const PartOperation& operation : part.operations) add(operation, 1);
  }

  void take(const PartOperation& operation) { add(operation, -1); }
  void put_back(const PartOperation& operation) { add(operation, 1); }

  // Somebody must still see the value, and nobody will write it again.
  bool is_needed(const PartAccess& access) const {
    const auto found = counts_.find(access);
    return found != counts_.end() && found->second.must_see > 0 && found->second.write == 0;
  }

  // Somebody can still notice that the value was written.
  bool may_be_noticed(const PartAccess& write) const {
    const auto found = counts_.find(write);
    return refuted_[write.key] > 0 || (found != counts_.end() && found->second.may_see > 0);
  }

 private:
  struct Counts {
    std::int64_t may_see = 0;
    std::int64_t must_see = 0;  // those of them that have an answer
    std::int64_t write = 0;
  };

  void add(const PartOperation& operation, std::int64_t by) {
    for (const PartAccess& access : operation.seen) {
      counts_[access].may_see += by;
      if (operation.is_known()) counts_[access].must_see += by;
    }
    for (const PartAccess& access : operation.written) counts_[access].write += by;
    for (const PartAccess& access : operation.refuted) refuted_[access.key] += by;
  }

  std::unordered_map<PartAccess, Counts, HashOfAccess> counts_;
  std::vector<std::int64_t> refuted_;  // of each key
};

class Search {
 public:
  Search(Part part, std::uint64_t budget)
      : part_(std::move(part)),
        budget_(budget),
        values_(part_.keys, kAbsent),
        places_(part_.operations.size()),
        left_(part_),
        related_(part_.operations.size()) {
    make_events();
    for (std::size_t i = 0; i < places_.size(); ++i)
      if (!part_.operations[i].is_known()) places_[i].in_taken = taken_.add();
  }

  Verdict run() {
    find_related();
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
        find_related();
        is_known = part_.operations[events_[*call].operation].is_known();
        at = events_[*call].after;
      } else if (is_candidate(event.operation, is_known) && take_effect(event.operation)) {
        if (visited_.effort() > budget_) return Verdict::kInconclusive;
        find_related();
        is_known = true;
        at = events_[0].after;
      } else {
        at = event.after;
      }
    }
    return Verdict::kLinearizable;
  }
  std::uint64_t states() const { return visited_.effort(); }

 private:
  struct Step {
    std::size_t operation;
    std::vector<PartAccess> overwritten;
  };
  struct Places {
    std::uint32_t call = 0;
    std::uint32_t answer = 0;  // 0: there is none
    std::size_t in_taken = 0;  // if there is none
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
    const PartOperation& operation = part_.operations[place];
    return operation.is_known() == is_known &&
           (operation.written.empty() || related_[place] == states_entered_) &&
           (is_known || is_wanted(place));
  }

  // The operation whose answer comes first takes effect soon. Before it, only those need to whose
  // order with it matters, or with another one of these; all others may as well come later.
  void find_related() {
    ++states_entered_;
    open_.clear();
    std::uint32_t at = events_[0].after;
    for (; at != 0 && !events_[at].is_answer; at = events_[at].after)
      open_.push_back(events_[at].operation);
    if (at == 0) return;
    found_ = {events_[at].operation};
    related_[found_.front()] = states_entered_;
    for (std::size_t i = 0; i < found_.size(); ++i)
      for (const std::size_t place : open_)
        if (related_[place] != states_entered_ &&
            order_matters(part_.operations[place], part_.operations[found_[i]])) {
          related_[place] = states_entered_;
          found_.push_back(place);
        }
  }

  // False if `next`, right after `operation`, could just as well come right before it, whatever the
  // keys have.
  static bool order_matters(const PartOperation& operation, const PartOperation& next) {
    const auto any_pair = [](const auto& some, const auto& others, auto matters) {
      return std::ranges::any_of(some, [&](const PartAccess& one) {
        return std::ranges::any_of(others, [&](const PartAccess& other) {
          return one.key == other.key && matters(one.value, other.value);
        });
      });
    };
    const std::equal_to<> equal;
    const std::not_equal_to<> different;
    return any_pair(operation.written, next.seen, equal) ||
           any_pair(operation.written, next.refuted, different) ||
           any_pair(operation.written, next.written, different) ||
           any_pair(operation.seen, next.written, different) ||
           any_pair(operation.refuted, next.written, equal);
  }

  // An operation of unknown outcome may as well take effect right before the first one that it
  // makes a difference to; and if there is none, never. Of the state that was entered last.
  bool is_wanted(std::size_t place) const {
    const PartOperation& operation = part_.operations[place];
    const auto does_the_same = [&](std::size_t other) {
      const PartOperation& one = part_.operations[other];
      return !one.is_known() && one.written == operation.written && one.seen == operation.seen;
    };
    const auto here = std::ranges::find(open_, place);
    if (std::any_of(open_.begin(), here, does_the_same)) return false;
    return std::ranges::any_of(open_, [&](std::size_t next) {
      return next != place && related_[next] == states_entered_ &&
             makes_a_difference(operation, part_.operations[next]);
    });
  }

  // Whether `next` must come right after the operation of unknown outcome: it sees what that wrote,
  // or it would take away what that sees, or a part of what that wrote while the rest is noticed.
  bool makes_a_difference(const PartOperation& operation, const PartOperation& next) const {
    const auto held = [this](const PartAccess& access) { return holds(access); };
    const auto touches = [](const std::vector<PartAccess>& accesses, std::uint32_t key) {
      return std::ranges::find(accesses, key, &PartAccess::key) != accesses.end();
    };
    // Of several values that `next` still lacks, the first one is brought about first.
    const auto missing = std::ranges::find_if_not(next.seen, held);
    const auto is_missing = [&](const PartAccess& write) {
      return missing != next.seen.end() && write == *missing;
    };
    const auto is_refuted = [&](const PartAccess& write) {
      return touches(next.refuted, write.key);
    };
    if (std::ranges::any_of(operation.written, is_missing)) return true;
    if (std::ranges::any_of(operation.written, is_refuted) &&
        std::ranges::all_of(next.refuted, held))
      return true;
    const auto is_overwritten = [&](const PartAccess& access) {
      return touches(next.written, access.key);
    };
    const auto stays = [&](const PartAccess& write) {
      return !is_overwritten(write) && left_.may_be_noticed(write);
    };
    return (std::ranges::any_of(operation.written, is_overwritten) ||
            std::ranges::any_of(operation.seen, is_overwritten)) &&
           std::ranges::any_of(operation.written, stays);
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
    if (operation.is_known())
      next ^= hash_of_operation(place);
    else
      taken_.flip(places_[place].in_taken);
    for (const PartAccess& write : operation.written) {
      next ^= hash_of_value({write.key, values_[write.key]});
      next ^= hash_of_value(write);
    }
    if (visited_.insert(next, taken_)) {
      hash_ = next;
      return true;
    }
    if (!operation.is_known()) taken_.flip(places_[place].in_taken);
    return false;
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
    const PartOperation& operation = part_.operations[step.operation];
    left_.put_back(operation);
    if (operation.is_known())
      hash_ ^= hash_of_operation(step.operation);
    else
      taken_.flip(places_[step.operation].in_taken);
    for (const PartAccess& old : step.overwritten) {
      hash_ ^= hash_of_value({old.key, values_[old.key]});
      hash_ ^= hash_of_value(old);
      values_[old.key] = old.value;
    }
    if (operation.is_known()) {
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

  const Part part_;
  const std::uint64_t budget_;
  std::vector<std::uint32_t> values_;  // of the keys
  std::vector<Event> events_;
  std::vector<Places> places_;    // of each operation's events
  std::size_t answers_left_ = 0;  // of operations that have not taken effect
  Left left_;                     // of them
  std::vector<Step> steps_;       // the order so far
  Hash hash_;                     // of those in it that have an answer, and of values_
  Taken taken_;                   // those in it that have none
  Visited visited_;

  // Of the state that was entered last: see find_related().
  std::uint64_t states_entered_ = 0;
  std::vector<std::uint64_t> related_;  // an operation is, if it has the number of that state
  std::vector<std::size_t> open_;
  std::vector<std::size_t> found_;
};

}  // namespace

Searched judge_by_search(const Part& part, std::uint64_t budget) {
  Search search(with_unnoticed_values_alike(part), budget);
  const Verdict verdict = search.run();
  return {verdict, search.states()};
}

}  // namespace strata::checker
