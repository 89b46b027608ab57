#include "sim/shrink.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace strata::sim {
namespace {

// "c3" is the third c.
struct Numbered {
  std::string letters;
  std::uint64_t number;
};
std::optional<Numbered> numbered(std::string_view word) {
  const auto digits = word.find_first_of("0123456789");
  if (digits == 0 || digits == word.npos) return std::nullopt;
  const auto number = parse_number(word.substr(digits));
  if (!number) return std::nullopt;
  return Numbered{std::string(word.substr(0, digits)), *number};
}

std::set<std::string> names_in(const Plan& plan) {
  std::set<std::string> names;
  for (const Step& step : plan.steps)
    for (const std::string& word : step.words)
      if (numbered(word)) names.insert(word);
  return names;
}

// The simplest first.
std::vector<std::string> simpler_than(const std::string& word) {
  if (const auto number = parse_number(word)) {
    std::vector<std::string> numbers;
    for (std::uint64_t lower = 0; lower < *number; lower = lower == 0 ? 1 : lower * 2)
      numbers.push_back(std::to_string(lower));
    return numbers;
  }
  std::vector<std::string> times;
  if (const auto moment = parse_moment(word))
    for (const Moment time :
         {Moment(std::chrono::milliseconds(1)), Moment(std::chrono::milliseconds(10)),
          Moment(std::chrono::milliseconds(100)), Moment(std::chrono::seconds(1))})
      if (time < *moment) times.push_back(text_of(time));
  return times;
}

// put_off() moves a step behind so many others, and tries so many numbers.
constexpr std::size_t kPutOffBy = 12;
constexpr std::uint64_t kMostLower = 20;
constexpr std::size_t kMostInPairs = 100;  // steps, for leave_out_pairs()

class Shrinker {
 public:
  Shrinker(const Subject& subject, Shrunk start, const std::function<bool()>& goes_on)
      : subject_(subject), best_(std::move(start)), goes_on_(goes_on) {}

  Shrunk shrink() {
    for (bool smaller = true; smaller;) {
      smaller = leave_out_steps();
      smaller = rename() || smaller;
      smaller = simplify_settings() || smaller;
      smaller = simplify_words() || smaller;
      smaller = put_off() || smaller;
      smaller = smaller || leave_out_pairs();
    }
    round_times();
    return std::move(best_);
  }

 private:
  // Keeps `plan` if it breaks the same invariant.
  bool try_plan(Plan plan) {
    if (plan == best_.plan || !goes_on_()) return false;
    // Steps of those who are gone with a setting are no steps any more.
    std::erase_if(plan.steps, [&](const Step& step) { return !is_possible(step, plan); });
    ++best_.tries;
    Outcome outcome = run(subject_, plan);
    if (!outcome.breach || outcome.breach->invariant != best_.outcome.breach->invariant)
      return false;
    best_.plan = std::move(plan);
    best_.outcome = std::move(outcome);
    return true;
  }

  bool is_possible(const Step& step, const Plan& plan) const {
    return std::ranges::any_of(subject_.verbs, [&](const Verb& verb) {
      return verb.is_mine(step.words) && verb.check(step.words, plan);
    });
  }

  // First half of them at once, then a quarter, and so on.
  bool leave_out_steps() {
    bool smaller = false;
    for (std::size_t piece = std::max<std::size_t>(1, best_.plan.steps.size() / 2);; piece /= 2) {
      for (std::size_t end = best_.plan.steps.size(); end > 0;) {
        const std::size_t first = end - std::min(end, piece);
        Plan plan = best_.plan;
        plan.steps.erase(plan.steps.begin() + static_cast<std::ptrdiff_t>(first),
                         plan.steps.begin() + static_cast<std::ptrdiff_t>(end));
        smaller = try_plan(std::move(plan)) || smaller;
        end = std::min(first, best_.plan.steps.size());
      }
      if (piece == 1) return smaller;
    }
  }

  // Two steps may need each other, and nobody else needs them. There are many pairs, so this comes
  // last.
  bool leave_out_pairs() {
    bool smaller = false;
    if (best_.plan.steps.size() > kMostInPairs) return false;
    for (std::size_t second = best_.plan.steps.size(); second-- > 1;)
      for (std::size_t first = second; first-- > 0;) {
        if (second >= best_.plan.steps.size()) break;
        Plan plan = best_.plan;
        plan.steps.erase(plan.steps.begin() + static_cast<std::ptrdiff_t>(second));
        plan.steps.erase(plan.steps.begin() + static_cast<std::ptrdiff_t>(first));
        smaller = try_plan(std::move(plan)) || smaller;
      }
    return smaller;
  }

  // Who has a number gets a lower one, in all steps: so there are fewer of them.
  bool rename() {
    bool smaller = false;
    for (const std::string& name : names_in(best_.plan))
      for (std::uint64_t number = 1; number < numbered(name)->number; ++number)
        if (try_plan(renamed(name, numbered(name)->letters + std::to_string(number)))) {
          smaller = true;
          break;
        }
    return smaller;
  }
  Plan renamed(const std::string& from, const std::string& to) const {
    Plan plan = best_.plan;
    for (Step& step : plan.steps) std::ranges::replace(step.words, from, to);
    return plan;
  }

  // To the simplest value; or, if both are numbers, to one in between.
  bool simplify_settings() {
    bool smaller = false;
    for (const Setting& setting : subject_.settings) {
      smaller = try_setting(setting, setting.simplest) || smaller;
      const auto simplest = parse_number(setting.simplest);
      const auto number = parse_number(best_.plan.settings[setting.name]);
      if (!simplest || !number) continue;
      for (std::uint64_t lower = *simplest + 1; lower < *number; ++lower)
        if (try_setting(setting, std::to_string(lower))) {
          smaller = true;
          break;
        }
    }
    return smaller;
  }
  bool try_setting(const Setting& setting, const std::string& value) {
    if (!setting.is_valid(value)) return false;
    Plan plan = best_.plan;
    plan.settings[setting.name] = value;
    return try_plan(std::move(plan));
  }

  // Numbers and times in the words of steps become smaller.
  bool simplify_words() {
    bool smaller = false;
    for (std::size_t step = 0; step < best_.plan.steps.size(); ++step)
      for (std::size_t word = 0; word < best_.plan.steps[step].words.size(); ++word)
        for (const std::string& simpler : simpler_than(best_.plan.steps[step].words[word])) {
          Plan plan = best_.plan;
          plan.steps[step].words[word] = simpler;
          if (!is_possible(plan.steps[step], plan) || !try_plan(std::move(plan))) continue;
          smaller = true;
          break;
        }
    return smaller;
  }

  // A step that counts what happens after it, such as a power cut at the tenth change of a disk,
  // comes later and counts less. Then nobody needs to do what it counted.
  bool put_off() {
    bool smaller = false;
    for (std::size_t step = 0; step < best_.plan.steps.size(); ++step)
      for (std::size_t word = 0; word < best_.plan.steps[step].words.size(); ++word)
        if (const auto number = parse_number(best_.plan.steps[step].words[word]))
          smaller = put_off(step, word, *number) || smaller;
    return smaller;
  }
  bool put_off(std::size_t step, std::size_t word, std::uint64_t number) {
    const std::size_t end = std::min(best_.plan.steps.size(), step + kPutOffBy);
    for (std::size_t later = end - 1; later > step; --later)
      for (std::uint64_t lower = 0; lower < std::min(number, kMostLower); ++lower) {
        Plan plan = best_.plan;
        Step moved = plan.steps[step];
        moved.at = plan.steps[later].at;
        moved.words[word] = std::to_string(lower);
        if (!is_possible(moved, plan)) continue;
        const auto at = plan.steps.begin();
        plan.steps.insert(at + static_cast<std::ptrdiff_t>(later) + 1, std::move(moved));
        plan.steps.erase(plan.steps.begin() + static_cast<std::ptrdiff_t>(step));
        if (try_plan(std::move(plan))) return true;
      }
    return false;
  }

  // A time in whole seconds is easier to read than one in microseconds.
  void round_times() {
    for (std::size_t i = 0; i < best_.plan.steps.size(); ++i)
      for (const Moment unit :
           {Moment(std::chrono::seconds(1)), Moment(std::chrono::milliseconds(100)),
            Moment(std::chrono::milliseconds(10)), Moment(std::chrono::milliseconds(1))}) {
        Plan plan = best_.plan;
        Moment& at = plan.steps[i].at;
        at -= at % unit;
        if (i > 0 && at < plan.steps[i - 1].at) continue;
        if (try_plan(std::move(plan))) break;
      }
  }

  const Subject& subject_;
  Shrunk best_;
  const std::function<bool()>& goes_on_;
};

}  // namespace

Shrunk shrink(const Subject& subject, Plan plan, Outcome outcome,
              const std::function<bool()>& goes_on) {
  return Shrinker(subject, {std::move(plan), std::move(outcome)}, goes_on).shrink();
}

}  // namespace strata::sim
