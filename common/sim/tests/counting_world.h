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

#include "base/checksum.h"
#include "sim/subject.h"

namespace strata::sim {

struct CountingBugs {
  bool forgets = false;      // counts twice after a crash
  bool never_heals = false;  // a network that was cut stays cut
};

class CountingWorld final : public World {
 public:
  CountingWorld(const Plan& plan, CountingBugs bugs)
      : bugs_(bugs), delays_(env::Random(plan.seed).split(7)) {
    probes().expect("asked again");
    probes().expect("crash");
  }
  ~CountingWorld() override { queue_.cancel_all(this); }

  env::EventQueue& queue() override { return queue_; }
  void perform(const Words& words) override {
    if (words.front() == "crash") {
      probes().hit("crash");
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
  std::uint64_t fingerprint() const override { return checksum64(as_bytes(trace_)); }

 private:
  void later(env::Task task) {
    queue_.add(queue_.now() + std::chrono::milliseconds(1 + delays_.below(20)), this,
               std::move(task));
  }
  void ask(std::uint64_t number) {
    later([this, number] {
      trace_ += fmt::format("{} ", number);
      const bool arrived = !cut_;
      if (arrived && counted_.insert(number).second) ++count_;
      later([this, number, arrived] {
        if (arrived && !cut_ && delays_.one_in(2)) {
          ++told_;
        } else {
          probes().hit("asked again");
          ask(number);
        }
      });
    });
  }

  const CountingBugs bugs_;
  env::EventQueue queue_;
  env::Random delays_;
  std::set<std::uint64_t> counted_;  // those that are known to be counted
  std::uint64_t count_ = 0;
  std::uint64_t asked_ = 0;
  std::uint64_t told_ = 0;
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
                    .simplest = "1",
                    .draw = [](env::Random& random) { return std::to_string(1 + random.below(5)); },
                    .is_valid = [](std::string_view text) { return parse_number(text) > 0; }}},
      .verbs = {{.usage = "cN asks",
                 .most_a_second = 50,
                 .draw =
                     [](env::Random& random, const Plan& plan) {
                       const auto clients = *parse_number(plan.settings.find("clients")->second);
                       return Words{fmt::format("c{}", 1 + random.below(clients)), "asks"};
                     },
                 .is_mine = is_client,
                 .check = knows},
                {.usage = "crash",
                 .most_a_second = 10,
                 .draw = [](env::Random&, const Plan&) { return Words{"crash"}; },
                 .is_mine = word("crash"),
                 .check = alone},
                {.usage = "cut",
                 .most_a_second = 2,
                 .draw = [](env::Random&, const Plan&) { return Words{"cut"}; },
                 .is_mine = word("cut"),
                 .check = alone}},
      .make = [bugs](const Plan& plan) { return std::make_unique<CountingWorld>(plan, bugs); }};
}

}  // namespace strata::sim
