// Histories for tests, and a checker that is too simple to be wrong.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "checker/history.h"
#include "env/random.h"

namespace strata::checker {

// Each function makes one operation: put("x", "1", {10, 20}).
struct During {
  Time called;
  Time returned = kNever;
  std::uint64_t client = 0;
};
inline std::string name_of(const During& during) { return std::to_string(during.client); }
inline Operation get(std::string key, Value value, During during) {
  return {name_of(during),
          during.called,
          during.returned,
          {{std::move(key), std::move(value)}},
          {},
          {}};
}
inline Operation put(std::string key, std::string value, During during) {
  return {name_of(during),
          during.called,
          during.returned,
          {},
          {},
          {{std::move(key), std::move(value)}}};
}
inline Operation remove(std::string key, During during) {
  return {
      name_of(during), during.called, during.returned, {}, {}, {{std::move(key), std::nullopt}}};
}
inline Operation cas(const std::string& key, Value expected, std::string value, During during) {
  return {
      name_of(during),          during.called, during.returned, {{key, std::move(expected)}}, {},
      {{key, std::move(value)}}};
}
inline Operation refused(std::string key, Value expected, During during) {
  return {name_of(during),
          during.called,
          during.returned,
          {},
          {{std::move(key), std::move(expected)}},
          {}};
}

// Tries every order that the times allow. Takes exponential time.
class BruteForce {
 public:
  explicit BruteForce(const History& history) : history_(history), done_(history.size()) {}

  bool is_linearizable() {
    bool all = true;
    Time first_answer = kNever;
    for (std::size_t i = 0; i < history_.size(); ++i)
      if (!done_[i]) {
        all = all && !history_[i].is_known();
        first_answer = std::min(first_answer, history_[i].returned);
      }
    if (all) return true;
    for (std::size_t i = 0; i < history_.size(); ++i)
      if (!done_[i] && history_[i].called <= first_answer && can_be_next(history_[i])) {
        const auto before = values_;
        for (const Access& write : history_[i].written) values_[write.key] = write.value;
        done_[i] = true;
        if (is_linearizable()) return true;
        done_[i] = false;
        values_ = before;
      }
    return false;
  }

 private:
  bool holds(const Access& access) { return values_[access.key] == access.value; }
  bool can_be_next(const Operation& operation) {
    const auto held = [this](const Access& access) { return holds(access); };
    return std::ranges::all_of(operation.seen, held) &&
           (operation.refuted.empty() || !std::ranges::all_of(operation.refuted, held));
  }

  const History& history_;
  std::vector<bool> done_;
  std::map<std::string, Value> values_;
};

// Operations that clients could have seen: each takes effect at a random moment of its own.
struct RandomHistory {
  std::uint64_t operations = 8;
  std::uint64_t clients = 3;
  std::uint64_t keys = 1;
  bool unique = true;         // no value is written twice
  bool conditions = false;    // some writes have them
  bool batches = false;       // some write and read two keys, and some read all
  std::uint64_t unknown = 8;  // one in so many writes has no answer; half of those are not done

  History make(env::Random& random) const;
};

inline History RandomHistory::make(env::Random& random) const {
  History history;
  std::map<std::string, Value> values;
  std::vector<Time> free_at(clients);  // a client does one thing at a time
  Time effect = 0;
  std::uint64_t written = 0;
  for (std::uint64_t i = 0; i < operations; ++i) {
    // The effects come in the order of this loop; calls and answers lie around them.
    effect += 1 + static_cast<Time>(random.below(10));
    const std::uint64_t client = random.below(clients);
    Operation operation{.client = std::to_string(client)};
    operation.called = std::max(free_at[client], effect - static_cast<Time>(random.below(25)));
    if (operation.called > effect) continue;
    operation.returned = effect + static_cast<Time>(random.below(25));
    const auto name_of = [](std::uint64_t number) { return "k" + std::to_string(number); };
    const auto some_key = [&] { return name_of(random.below(keys)); };
    const auto some_value = [&] {
      return "v" + std::to_string(unique ? ++written : random.below(3));
    };
    const std::string key = some_key();
    const std::string other = batches && random.one_in(3) ? some_key() : key;
    if (random.one_in(2)) {
      operation.seen.push_back({key, values[key]});
      if (other != key) operation.seen.push_back({other, values[other]});
      if (batches && random.one_in(4)) {
        operation.seen.clear();
        for (std::uint64_t k = 0; k < keys; ++k) operation.seen.push_back({name_of(k), {}});
        for (Access& seen : operation.seen) seen.value = values[seen.key];
      }
    } else {
      bool holds = true;
      if (conditions && random.one_in(2)) {
        const std::string on = random.one_in(3) ? some_key() : key;
        const Access condition{on, random.one_in(3) ? Value("v1") : values[on]};
        holds = condition.value == values[on];
        (holds ? operation.seen : operation.refuted).push_back(condition);
      }
      if (holds) {
        operation.written.push_back({key, random.one_in(6) ? Value() : Value(some_value())});
        if (other != key) operation.written.push_back({other, some_value()});
        if (random.one_in(unknown)) operation.returned = kNever;
        if (operation.is_known() || random.one_in(2))
          for (const Access& write : operation.written) values[write.key] = write.value;
      }
    }
    free_at[client] = operation.is_known() ? operation.returned + 1 : effect + 30;
    history.push_back(std::move(operation));
  }
  return history;
}

// Changes an answer, a time, or what was known, so that the history may be wrong now.
inline void disturb(History& history, env::Random& random) {
  if (history.empty()) return;
  Operation& one = history[random.below(history.size())];
  const Operation& other = history[random.below(history.size())];
  if (!one.seen.empty() && !other.written.empty() &&
      one.seen.front().key == other.written.front().key)
    one.seen.front().value = other.written.front().value;
  else if (one.is_known() && random.one_in(2))
    one.called =
        one.returned -
        static_cast<Time>(random.below(static_cast<std::uint64_t>(one.returned - one.called) + 1));
  else if (one.is_known())
    one.returned =
        one.called +
        static_cast<Time>(random.below(static_cast<std::uint64_t>(one.returned - one.called) + 1));
}

}  // namespace strata::checker
