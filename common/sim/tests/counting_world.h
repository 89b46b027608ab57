// A subject that a test can understand: clients who count. Each one asks a counter to add one, over
// a network that may be cut, until the counter has said that it did. A crash of the counter forgets
// who has asked. With the bug, it then counts those again who have not heard of it.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/checksum.h"
#include "sim/subject.h"

namespace strata::sim {

struct CountingBugs {
  bool forgets = false;      // counts twice after a crash
  bool never_heals = false;  // a network that was cut stays cut
  bool aborts = false;       // on a crash, the program ends
  bool lies = false;         // its clients saw what cannot have happened
};

class CountingWorld final : public World {
 public:
  CountingWorld(const Plan& plan, const Surroundings& around, CountingBugs bugs)
      : queue_(around.queue),
        probes_(around.probes),
        observer_(around.observer),
        bugs_(bugs),
        root_(plan.seed) {
    probes_.expect("asked again");
    probes_.expect("crash");
    observer_.lane("n1", "node");
    observer_.lane("c1", "client");
  }
  ~CountingWorld() override { queue_.cancel_all(this); }

  void perform(const Words& words) override {
    if (words.front() == "crash") {
      probes_.hit("crash");
      STRATA_ASSERT(!bugs_.aborts);
      if (bugs_.forgets) counted_.clear();
    } else if (words.front() == "cut") {
      cut_ = true;
    } else {
      ++asked_;
      ask(asked_);
    }
  }
  void heal() override { cut_ = cut_ && bugs_.never_heals; }
  bool is_settled() const override { return told_ == asked_; }
  void check() override {
    if (count_ > asked_)
      throw Broken("counted once", fmt::format("{} of {} were counted", count_, asked_));
  }
  void finish() override {
    if (count_ != asked_) throw Broken("all counted", "some were not");
  }
  checker::History history() const override {
    const checker::Operation put{.called = 1, .returned = 2, .written = {{"x", "1"}}};
    checker::Operation get{.called = 3, .returned = 4, .seen = {{"x", "1"}}};
    if (bugs_.lies) get.seen.front().value.reset();
    return {put, get};
  }
  std::uint64_t fingerprint() const override { return checksum64(as_bytes(trace_)); }

 private:
  env::Random draw() const {
    return root_.split(static_cast<std::uint64_t>(queue_.now().time_since_epoch().count()));
  }
  void later(env::Task task) {
    queue_.add(queue_.now() + std::chrono::milliseconds(1 + draw().below(20)), this,
               std::move(task));
  }
  void ask(std::uint64_t number) {
    later([this, number] {
      trace_ += fmt::format("{} ", number);
      const bool arrived = !cut_;
      const std::uint64_t message = ++messages_;
      observer_.sent(message, "c1", "n1", "one more", 1);
      arrived ? observer_.arrived(message) : observer_.lost(message, "cut");
      if (arrived && counted_.insert(number).second) ++count_;
      later([this, number, arrived] {
        if (arrived && !cut_ && draw().one_in(2)) {
          ++told_;
        } else {
          probes_.hit("asked again");
          ask(number);
        }
      });
    });
  }

  env::EventQueue& queue_;
  Probes& probes_;
  Observer& observer_;
  const CountingBugs bugs_;
  const env::Random root_;
  std::set<std::uint64_t> counted_;  // those that are known to be counted
  std::uint64_t count_ = 0;
  std::uint64_t asked_ = 0;
  std::uint64_t told_ = 0;
  std::uint64_t messages_ = 0;
  bool cut_ = false;
  std::string trace_;
};

inline Subject counting(CountingBugs bugs) {
  const auto word = [](std::string_view name) {
    return [name = std::string(name)](const Words& words) { return words.front() == name; };
  };
  const auto alone = [](const Words& words, const Plan&) -> Result<void> {
    if (words.size() > 1) return invalid_argument("it stands alone");
    return {};
  };
  const auto is_client = [](const Words& words) {
    return words.size() == 2 && words[1] == "asks" && words[0].starts_with('c');
  };
  const auto knows = [](const Words& words, const Plan& plan) -> Result<void> {
    const auto number = parse_number(std::string_view(words[0]).substr(1));
    if (number && *number > 0 && *number <= parse_number(plan.settings.find("clients")->second))
      return {};
    return invalid_argument(fmt::format("there is no client {}", words[0]));
  };
  return {
      .name = "counting",
      .length = std::chrono::seconds(1),
      .patience = std::chrono::seconds(10),
      .settings = {{.name = "clients",
                    .meaning = "how many there are",
                    .simplest = "1",
                    .draw = [](env::Random& random) { return std::to_string(1 + random.below(5)); },
                    .is_valid = [](std::string_view text) { return parse_number(text) > 0; }}},
      .verbs = {{.usage = "cN asks",
                 .meaning = "asks for one more",
                 .is_fault = false,
                 .most_a_second = 50,
                 .draw =
                     [](env::Random& random, const Plan& plan) {
                       const auto clients = *parse_number(plan.settings.find("clients")->second);
                       return Words{fmt::format("c{}", 1 + random.below(clients)), "asks"};
                     },
                 .is_mine = is_client,
                 .check = knows},
                {.usage = "crash",
                 .meaning = "the counter forgets who has asked",
                 .is_fault = true,
                 .most_a_second = 10,
                 .draw = [](env::Random&, const Plan&) { return Words{"crash"}; },
                 .is_mine = word("crash"),
                 .check = alone},
                {.usage = "cut",
                 .meaning = "no message arrives any more",
                 .is_fault = true,
                 .most_a_second = 2,
                 .draw = [](env::Random&, const Plan&) { return Words{"cut"}; },
                 .is_mine = word("cut"),
                 .check = alone}},
      .make = [bugs](const Plan& plan, const Surroundings& around) {
        return std::make_unique<CountingWorld>(plan, around, bugs);
      }};
}

}  // namespace strata::sim
