#include "sim/program.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>

#include "env/posix_file_system.h"
#include "sim/arguments.h"
#include "sim/runner.h"
#include "sim/shrink.h"
#include "sim/swarm.h"

namespace strata::sim {
namespace {

constexpr std::uint64_t kLargestScript = std::uint64_t{16} << 20;
constexpr std::chrono::milliseconds kProgress{500};
constexpr std::string_view kTwoRuns = "two runs of one plan are the same";
constexpr std::uint64_t kTwice = 100;  // one in so many seeds is run twice
constexpr std::uint64_t kShrunk = 1;   // so many broken seeds are made smaller

// If an assertion ends the process, it still says in which world that was.
class LastWords {
 public:
  LastWords() : before_(std::signal(SIGABRT, &say)) {}
  ~LastWords() { std::signal(SIGABRT, before_); }
  LastWords(const LastWords&) = delete;
  LastWords& operator=(const LastWords&) = delete;

  void are(const std::string& again) {
    size_ = 0;
    const std::string words = fmt::format("  again: {}\n", again);
    size_ = words.copy(words_.data(), words_.size());
  }

 private:
  static void say(int /*signal*/) {
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, words_.data(), size_);
  }

  static inline std::array<char, 1024> words_{};
  static inline std::size_t size_ = 0;
  void (*const before_)(int);
};

class Program {
 public:
  Program(std::string name, const Subject& subject, const Arguments& arguments)
      : name_(std::move(name)), subject_(subject), arguments_(arguments) {}

  int run_seeds() {
    for (std::uint64_t seed = arguments_.first;; ++seed) {
      const Plan plan = draw_plan(subject_, seed, arguments_.faults);
      run_one(plan, fmt::format("seed {}", seed),
              fmt::format("{} --seed {}{}", name_, seed, faults_again()));
      if (seed == arguments_.last) break;
      show_progress();
    }
    return report();
  }
  int run_script(const Plan& plan) {
    run_one(plan, *arguments_.script, fmt::format("{} --script {}", name_, *arguments_.script));
    return report();
  }

 private:
  using Seconds = std::chrono::duration<double>;

  std::string faults_again() const {
    if (!arguments_.faults) return {};
    const std::string names = fmt::format("{}", fmt::join(*arguments_.faults, ","));
    return fmt::format(" --faults {}", names.empty() ? "none" : names);
  }

  double seconds() const { return Seconds(clock_.now() - begin_).count(); }

  void run_one(const Plan& plan, const std::string& which, const std::string& again) {
    last_words_.are(again);
    Outcome outcome = run(subject_, plan);
    if (!outcome.breach && plan.seed % kTwice == 0 && !is_same(run(subject_, plan), outcome))
      outcome.breach = {std::string(kTwoRuns), "they differ", outcome.end};
    ++worlds_;
    events_ += outcome.events;
    simulated_ += Seconds(outcome.end).count();
    fingerprint_ = fingerprint_ * 31 + outcome.fingerprint;
    probes_.add(outcome.probes);
    if (!outcome.breach) return;
    ++broken_;
    clear_progress();
    fmt::print("{} breaks \"{}\" after {:.3f} s: {}\n  again: {}\n", which,
               outcome.breach->invariant, Seconds(outcome.breach->at).count(), outcome.breach->what,
               again);
    if (broken_ <= kShrunk && arguments_.shrink_seconds > 0 &&
        outcome.breach->invariant != kTwoRuns)
      show_smallest(plan, outcome);
    std::fflush(stdout);
  }

  static bool is_same(const Outcome& one, const Outcome& other) {
    return one.breach.has_value() == other.breach.has_value() &&
           one.fingerprint == other.fingerprint && one.events == other.events &&
           one.end == other.end;
  }

  void show_smallest(const Plan& plan, const Outcome& outcome) {
    const env::TimePoint end = clock_.now() + std::chrono::seconds(arguments_.shrink_seconds);
    const Shrunk shrunk = shrink(subject_, plan, outcome, [&] { return clock_.now() < end; });
    if (shrunk.plan == plan) {
      fmt::print("  no smaller one was found\n\n");
      return;
    }
    fmt::print(
        "  the smallest one that was found is a script; {} --script FILE runs it:\n\n{}\n  {}\n\n",
        name_, text_of(shrunk.plan), shrunk.outcome.breach->what);
  }

  void show_progress() {
    if (!is_terminal_ || clock_.now() - shown_ < kProgress) return;
    shown_ = clock_.now();
    fmt::print(stderr, "\r{} worlds, {:.0f} a second, {} broken ", worlds_,
               static_cast<double>(worlds_) / seconds(), broken_);
  }
  void clear_progress() const {
    if (is_terminal_) fmt::print(stderr, "\r{:60}\r", "");
  }

  int report() const {
    clear_progress();
    fmt::print("what happened, and how often:\n");
    for (const auto& [kind, count] : probes_.counts())
      if (count > 0 || worlds_ > 1) fmt::print("  {:24} {:>10}\n", kind, count);
    if (!probes_.largest().empty()) fmt::print("the most at one moment:\n");
    for (const auto& [what, size] : probes_.largest()) fmt::print("  {:24} {:>10}\n", what, size);
    fmt::print(
        "{} worlds, {} broken; {} events; {:.1f} simulated seconds in {:.2f} real ones "
        "({:.0f} times as fast), {:.0f} worlds a second; fingerprint {:016x}\n",
        worlds_, broken_, events_, simulated_, seconds(), simulated_ / seconds(),
        static_cast<double>(worlds_) / seconds(), fingerprint_);
    return broken_ > 0 ? 1 : 0;
  }

  const std::string name_;
  const Subject& subject_;
  const Arguments& arguments_;
  env::Clock& clock_ = env::system_clock();
  const env::TimePoint begin_ = clock_.now();
  env::TimePoint shown_ = begin_;
  const bool is_terminal_ = ::isatty(STDERR_FILENO) == 1;

  std::uint64_t worlds_ = 0;
  std::uint64_t broken_ = 0;
  std::uint64_t events_ = 0;
  double simulated_ = 0;
  std::uint64_t fingerprint_ = 0;  // of all worlds, in their order
  Probes probes_;
  LastWords last_words_;
};

Result<Plan> read_script(const std::string& file, const Subject& subject) {
  STRATA_TRY(const Bytes text, env::read_file(env::posix_file_system(), file, kLargestScript));
  auto plan = parse_plan(as_text(text));
  if (plan) plan = complete(*std::move(plan), subject);
  if (!plan) return invalid_argument(file + ": " + plan.error().message);
  return plan;
}

Result<int> run(const std::string& name, const Subject& subject, const Arguments& arguments) {
  Program program(name, subject, arguments);
  std::optional<Plan> script;
  if (arguments.script) {
    STRATA_TRY(script, read_script(*arguments.script, subject));
  }
  if (!arguments.recordings.empty()) {
    const Plan plan = script ? *script : draw_plan(subject, arguments.first, arguments.faults);
    STRATA_TRY(write_recordings(subject, plan, name, arguments.recordings));
  }
  return script ? program.run_script(*script) : program.run_seeds();
}

}  // namespace

int run_program(int argc, char** argv, const std::string& name, const Subject& subject) {
  cxxopts::Options options = command_line(name, subject);
  const auto arguments = arguments_of(argc, argv, options, subject);
  if (arguments && arguments->help) {
    fmt::print("{}", options.help());
    return 0;
  }
  const auto status = arguments ? run(name, subject, *arguments) : Result<int>(arguments.error());
  if (status) return *status;
  fmt::print(stderr, "{}: {}\n", name, status.error().message);
  return 2;
}

}  // namespace strata::sim
