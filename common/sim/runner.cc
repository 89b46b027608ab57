#include "sim/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "base/not_written.h"
#include "checker/linearizability.h"

namespace strata::sim {
namespace {

class Run {
 public:
  Run(const Subject& subject, const Plan& plan, Observer& observer)
      : subject_(subject), observer_(observer) {
    observer_.begin(queue_.clock(), subject.name, plan.seed);
    world_ = subject.make(plan, {queue_, probes_, observer});
    for (const Step& step : plan.steps)
      queue_.add(start_ + step.at, this, [this, &step] { perform(step.words); });
    end_ = start_ + subject.length;
    if (!plan.steps.empty()) end_ = std::max(end_, start_ + plan.steps.back().at);
  }
  ~Run() { queue_.cancel_all(this); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  void to_its_end() {
    bool over = false;
    queue_.add(end_, this, [&over] { over = true; });
    while (!over && queue_.run_one()) after_event();
    observer_.healed();
    world_->heal();
    const env::TimePoint last = queue_.now() + subject_.patience;
    while (!world_->is_settled() && queue_.now() < last && queue_.run_one()) after_event();
    if (!world_->is_settled())
      throw Broken(std::string(kLiveness), "somebody still waits, though nothing is in his way");
    world_->finish();
  }

  // Whether its clients could have seen that if each operation had happened at one moment.
  std::optional<Breach> judge() {
    const checker::History history = world_->history();
    const checker::Judgement judgement = checker::judge(history);
    probes_.saw_size("states of a search", judgement.most_states);
    observer_.judged(history, judgement);
    switch (judgement.verdict) {
      case checker::Verdict::kLinearizable:
        return std::nullopt;
      case checker::Verdict::kNot:
        return Breach{"linearizability", judgement.why, {}};
      case checker::Verdict::kInconclusive:
        return Breach{"linearizability is decided", "the search has used up its budget", {}};
    }
    std::unreachable();
  }

  Outcome outcome() const {
    return {.breach = std::nullopt,
            .fingerprint = world_ ? world_->fingerprint() : 0,
            .events = events_,
            .end = queue_.now() - start_,
            .probes = probes_};
  }

 private:
  void perform(const Words& words) {
    if (observer_.is_watching()) show(words);
    world_->perform(words);
  }
  void show(const Words& words) const {
    const auto verb = std::ranges::find_if(
        subject_.verbs, [&](const Verb& candidate) { return candidate.is_mine(words); });
    if (verb->is_fault)
      observer_.fault(words.size() > 1 ? words[1] : "", fmt::format("{}", fmt::join(words, " ")));
  }
  void after_event() {
    ++events_;
    world_->check();
  }

  const Subject& subject_;
  Observer& observer_;
  env::EventQueue queue_;
  Probes probes_;
  std::unique_ptr<World> world_;
  const env::TimePoint start_ = queue_.now();
  env::TimePoint end_;  // of the part in which steps happen
  std::uint64_t events_ = 0;
};

}  // namespace

Outcome run(const Subject& subject, const Plan& plan) {
  Observer nobody;
  return run(subject, plan, nobody);
}

Outcome run(const Subject& subject, const Plan& plan, Observer& observer) {
  std::optional<Breach> breach;
  std::optional<Run> world;
  try {
    world.emplace(subject, plan, observer);
    world->to_its_end();
  } catch (const Broken& broken) {
    breach = {broken.invariant(), broken.what(), {}};
  } catch (const NotWritten&) {
    throw;
  } catch (const std::exception& thrown) {
    breach = {std::string(kNoException), thrown.what(), {}};
  }
  if (world) {
    const auto judged = world->judge();
    if (!breach) breach = judged;
  }
  Outcome outcome = world ? world->outcome() : Outcome();
  if (breach) {
    breach->at = outcome.end;
    observer.broken(breach->invariant, breach->what);
  }
  outcome.breach = std::move(breach);
  return outcome;
}

}  // namespace strata::sim
