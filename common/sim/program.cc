#include "sim/program.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cxxopts.hpp>
#include <optional>
#include <ranges>
#include <set>
#include <utility>

#include "base/text.h"
#include "env/posix_file_system.h"
#include "sim/recording.h"
#include "sim/runner.h"
#include "sim/shrink.h"
#include "sim/swarm.h"

namespace strata::sim {
namespace {

constexpr std::uint64_t kLargestScript = std::uint64_t{16} << 20;
constexpr std::chrono::milliseconds kProgress{500};
constexpr std::string_view kTwoRuns = "two runs of one plan are the same";
constexpr std::uint64_t kTwice = 100;  // one in so many seeds is run twice
constexpr std::uint64_t kShrunk = 3;   // so many broken seeds are made smaller

struct Arguments {
  std::uint64_t first = 1;
  std::uint64_t last = 100;
  std::optional<std::string> script = {};
  Faults faults = {};
  Recordings recordings = {};
  std::uint64_t shrink_seconds = 60;
  bool help = false;
};

// A line for each setting and step: what is typed, and what it means.
std::string script_help(const Subject& subject) {
  std::string text = fmt::format("\n  {:42} {}", "seed S", "of all that the script leaves open");
  for (const Setting& setting : subject.settings)
    text += fmt::format("\n  {:42} {}", setting.name + " …", setting.meaning);
  for (const Verb& verb : subject.verbs)
    text += fmt::format("\n  {:42} {}", "at TIME " + verb.usage, verb.meaning);
  return text;
}

cxxopts::Options command_line(const std::string& name, const Subject& subject) {
  cxxopts::Options options(
      name,
      fmt::format("Runs {} in simulated worlds: one thread, virtual time, everything from one "
                  "seed.\n\nA script has settings, then steps in the order of their times, such as "
                  "120ms:\n{}\n",
                  subject.name, script_help(subject)));
  options.custom_help("[OPTION]...").set_width(100);
  const auto text = [] { return cxxopts::value<std::string>(); };
  options.add_options("")("seeds", "the worlds of these seeds", text()->default_value("1..100"),
                          "A..B")("seed", "the world of one seed", text(), "S")(
      "script", "the world of a script", text(), "FILE")("faults", "only these faults, or none",
                                                         text(), "FAULT,FAULT…|none")(
      "trace", "writes the one world for the viewer", text(), "FILE")(
      "history", "writes for the viewer what its clients have seen", text(), "FILE")(
      "shiviz", "writes it for ShiViz", text(), "FILE")(
      "shrink", "for so long a broken world is made smaller; 0: not at all",
      text()->default_value("60"), "SECONDS")("help", "prints this");
  return options;
}

// "power,kill", or "none"
Result<Faults> faults_in(std::string_view text, const Subject& subject) {
  std::set<std::string, std::less<>> names;
  for (const auto range : std::views::split(text, ',')) {
    const std::string_view name(range.begin(), range.end());
    if (text == "none") break;
    if (std::ranges::none_of(subject.verbs, [&](const Verb& verb) {
          return verb.is_fault && name_of(verb) == name;
        }))
      return invalid_argument(fmt::format("{} is no fault of {}", printable(name), subject.name));
    names.emplace(name);
  }
  return Faults(names);
}

Result<std::uint64_t> number_in(std::string_view text) {
  if (const auto number = parse_number(text)) return *number;
  return invalid_argument(fmt::format("{} is no number", printable(text)));
}

Result<Arguments> arguments_of(int argc, char** argv, cxxopts::Options& options,
                               const Subject& subject) try {
  const auto given = options.parse(argc, argv);
  Arguments arguments{.help = given.count("help") > 0};
  if (!given.unmatched().empty())
    return invalid_argument(printable(given.unmatched().front()) + " is no option");
  if (given.count("seed") + given.count("script") + given.count("seeds") > 1)
    return invalid_argument("--seeds, --seed and --script exclude one another");
  const auto seeds = given["seeds"].as<std::string>();
  const auto dots = seeds.find("..");
  if (dots == seeds.npos) return invalid_argument("--seeds wants A..B");
  STRATA_TRY(arguments.first, number_in(std::string_view(seeds).substr(0, dots)));
  STRATA_TRY(arguments.last, number_in(std::string_view(seeds).substr(dots + 2)));
  if (given.count("seed") > 0) {
    STRATA_TRY(arguments.first, number_in(given["seed"].as<std::string>()));
    arguments.last = arguments.first;
  }
  if (arguments.last < arguments.first) return invalid_argument("--seeds: the first is the larger");
  STRATA_TRY(arguments.shrink_seconds, number_in(given["shrink"].as<std::string>()));
  if (given.count("script") > 0) arguments.script = given["script"].as<std::string>();
  if (given.count("faults") > 0) {
    STRATA_TRY(arguments.faults, faults_in(given["faults"].as<std::string>(), subject));
  }
  const auto file = [&](const char* name) {
    return given.count(name) > 0 ? given[name].as<std::string>() : std::string();
  };
  arguments.recordings = {file("trace"), file("history"), file("shiviz")};
  if (!arguments.recordings.empty() && !arguments.script && arguments.first != arguments.last)
    return invalid_argument("--trace, --history and --shiviz write one world: say --seed S");
  return arguments;
} catch (const cxxopts::exceptions::exception& thrown) {
  return invalid_argument(thrown.what());
}

// ---- Running

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
    Outcome outcome = run(subject_, plan);
    if (plan.seed % kTwice == 0 && run(subject_, plan).fingerprint != outcome.fingerprint)
      outcome.breach = {std::string(kTwoRuns), "they differ", outcome.end};
    ++worlds_;
    events_ += outcome.events;
    simulated_ += Seconds(outcome.end).count();
    fingerprint_ = fingerprint_ * 31 + outcome.fingerprint;
    probes_.add(outcome.probes);
    if (!outcome.breach) return;
    ++broken_;
    clear_progress();
    fmt::print("{} breaks \"{}\" at {}: {}\n  again: {}\n", which, outcome.breach->invariant,
               text_of(outcome.breach->at), outcome.breach->what, again);
    if (broken_ <= kShrunk && arguments_.shrink_seconds > 0 &&
        outcome.breach->invariant != kTwoRuns)
      show_smallest(plan, outcome);
    std::fflush(stdout);
  }

  void show_smallest(const Plan& plan, const Outcome& outcome) {
    const env::TimePoint end = clock_.now() + std::chrono::seconds(arguments_.shrink_seconds);
    const Shrunk shrunk = shrink(subject_, plan, outcome, [&] { return clock_.now() < end; });
    fmt::print("  the smallest of {} smaller worlds, as a script:\n\n{}\n  {}\n\n", shrunk.tries,
               text_of(shrunk.plan), shrunk.outcome.breach->what);
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
    for (const auto& [kind, count] : probes_.counts()) fmt::print("  {:24} {:>10}\n", kind, count);
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
