#include "sim/shrink.h"

#include <algorithm>
#include <utility>

namespace strata::sim {
namespace {

class Shrinker {
 public:
  Shrinker(const Subject& subject, Shrunk start, const std::function<bool()>& goes_on)
      : subject_(subject), best_(std::move(start)), goes_on_(goes_on) {}

  Shrunk shrink() {
    for (bool smaller = true; smaller;) {
      smaller = leave_out_steps();
      smaller = simplify_settings() || smaller;
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

  bool simplify_settings() {
    bool smaller = false;
    for (const Setting& setting : subject_.settings) {
      Plan plan = best_.plan;
      plan.settings[setting.name] = setting.simplest;
      smaller = try_plan(std::move(plan)) || smaller;
    }
    return smaller;
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
