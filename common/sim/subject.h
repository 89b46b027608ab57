// What a simulator needs to know of that which it simulates: which settings and steps a plan may
// have, and how a world is made of it. Each week describes its own subject.
//
// A world is a function of its plan: everything in it runs on one thread, on its EventQueue, and
// takes its random numbers from streams of the plan's seed.
//
// Thread-safety: subjects may be used by many threads; a world has one.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "checker/history.h"
#include "env/event_queue.h"
#include "env/random.h"
#include "sim/observer.h"
#include "sim/plan.h"
#include "sim/probes.h"

namespace strata::sim {

// The name of what is broken if a healed world does not come to its end.
inline constexpr std::string_view kLiveness = "liveness";

// Thrown when something is not as it must be.
class Broken final : public std::runtime_error {
 public:
  // `invariant`: its name, the same for all worlds in which it is broken.
  Broken(std::string invariant, const std::string& what)
      : std::runtime_error(what), invariant_(std::move(invariant)) {}
  const std::string& invariant() const { return invariant_; }

 private:
  std::string invariant_;
};

// What a world is given. All of it outlives the world.
struct Surroundings {
  env::EventQueue& queue;
  Probes& probes;
  Observer& observer;
};

class World {
 public:
  virtual ~World() = default;

  // Does a step of the plan now.
  virtual void perform(const Words& words) = 0;
  // Ends all faults: from now on nothing disturbs the world any more.
  virtual void heal() = 0;
  // Everybody has what he asked for. Once healed, a world must come to this.
  virtual bool is_settled() const = 0;
  // Called after each event; throws Broken. Cheap.
  virtual void check() = 0;
  // Called once, when it is settled: throws Broken if it did not end as it must.
  virtual void finish() = 0;
  // What its clients have seen so far, the writes that are under way included. It is judged at the
  // end of every world, also of a broken one.
  virtual checker::History history() const { return {}; }
  // Two runs of one plan have the same. It depends on all messages, answers and calls to disks.
  virtual std::uint64_t fingerprint() const = 0;
};

// A number that a plan gives to its world, such as how many clients there are.
struct Setting {
  std::string name;
  std::string meaning;   // for people, with the values that it may have
  std::string simplest;  // what a plan has that does not set it, and what shrinking tries
  std::function<std::string(env::Random&)> draw;
  std::function<bool(std::string_view)> is_valid;
};

// A kind of step. Each seed draws whether its world has such steps at all, and how many.
struct Verb {
  std::string usage;    // "power NODE TIME"
  std::string meaning;  // for people: "its power is cut for TIME"
  bool is_fault;
  std::uint64_t one_world_in = 2;  // has such steps
  double most_a_second;
  // The words of one step of a plan, whose settings are there already.
  std::function<Words(env::Random&, const Plan&)> draw;
  // Whether it is such a step; then the error says what is wrong with it.
  std::function<bool(const Words&)> is_mine;
  std::function<Result<void>(const Words&, const Plan&)> check;
};

struct Subject {
  std::string name;
  Moment length;    // of the part of a world in which steps happen
  Moment patience;  // a healed world is settled after this time
  std::vector<Setting> settings;
  std::vector<Verb> verbs;
  // The plan is complete(), and outlives the world.
  std::function<std::unique_ptr<World>(const Plan&, const Surroundings&)> make;
};

// "power", of a verb with the usage "power NODE TIME".
std::string name_of(const Verb& verb);

// kInvalidArgument: the subject does not know a setting or a step of the plan. Adds the settings
// that the plan does not have.
Result<Plan> complete(Plan plan, const Subject& subject);

}  // namespace strata::sim
