#include "sim/runner.h"

#include <exception>

#include "base/not_written.h"

namespace strata::sim {
namespace {

class Run {
 public:
  Run(const Subject& subject, const Plan& plan) : subject_(subject), world_(subject.make(plan)) {
    for (const Step& step : plan.steps)
      queue().add(start_ + step.at, this, [this, &step] { world_->perform(step.words); });
  }
  ~Run() { queue().cancel_all(this); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  void to_its_end() {
    run_until(start_ + subject_.length);
    world_->heal();
    const env::TimePoint last = queue().now() + subject_.patience;
    while (!world_->is_settled() && queue().now() < last && queue().run_one()) after_event();
    if (!world_->is_settled())
      throw Broken(std::string(kLiveness), "somebody still waits, though nothing is in his way");
    world_->finish();
  }

  void describe(Outcome& outcome) const {
    outcome.fingerprint = world_->fingerprint();
    outcome.events = events_;
    outcome.end = world_->queue().now() - start_;
    outcome.probes = world_->probes();
  }

 private:
  env::EventQueue& queue() { return world_->queue(); }

  void run_until(env::TimePoint end) {
    bool over = false;
    queue().add(end, this, [&over] { over = true; });
    while (!over && queue().run_one()) after_event();
  }
  void after_event() {
    ++events_;
    world_->check();
  }

  const Subject& subject_;
  const std::unique_ptr<World> world_;
  const env::TimePoint start_ = world_->queue().now();
  std::uint64_t events_ = 0;
};

}  // namespace

Outcome run(const Subject& subject, const Plan& plan) {
  Outcome outcome;
  std::optional<Run> world;
  try {
    world.emplace(subject, plan);
    world->to_its_end();
  } catch (const Broken& broken) {
    outcome.breach = {broken.invariant(), broken.what(), {}};
  } catch (const NotWritten&) {
    throw;
  } catch (const std::exception& thrown) {
    outcome.breach = {std::string(kNoException), thrown.what(), {}};
  }
  if (world) world->describe(outcome);
  if (outcome.breach) outcome.breach->at = outcome.end;
  return outcome;
}

}  // namespace strata::sim
