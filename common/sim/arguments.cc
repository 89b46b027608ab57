#include "sim/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <set>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace strata::sim {
namespace {

// A line for each setting and step: what is typed, and what it means.
std::string script_help(const Subject& subject) {
  std::string text = fmt::format("\n  {:48} {}", "seed S", "of all that the script leaves open");
  for (const Setting& setting : subject.settings)
    text += fmt::format("\n  {:48} {}", setting.name + " …", setting.meaning);
  for (const Verb& verb : subject.verbs)
    text += fmt::format("\n  {:48} {}", "at TIME " + verb.usage, verb.meaning);
  return text;
}

constexpr std::uint64_t kLongestShrink = 1'000'000;  // seconds

std::vector<std::string> faults_of(const Subject& subject) {
  std::vector<std::string> names;
  for (const Verb& verb : subject.verbs)
    if (verb.is_fault) names.push_back(name_of(verb));
  return names;
}

// "power,kill", or "none"
Result<Faults> faults_in(std::string_view text, const Subject& subject) {
  const std::vector<std::string> faults = faults_of(subject);
  std::set<std::string, std::less<>> names;
  for (const auto range : std::views::split(text, ',')) {
    const std::string_view name(range.begin(), range.end());
    if (text == "none") break;
    if (std::ranges::find(faults, name) == faults.end())
      return invalid_argument(fmt::format("{} is no fault of {}; these are: {}", printable(name),
                                          subject.name, fmt::join(faults, ", ")));
    names.emplace(name);
  }
  return Faults(names);
}

Result<std::uint64_t> number_in(std::string_view text) {
  if (const auto number = parse_number(text)) return *number;
  return invalid_argument(fmt::format("{} is no number", printable(text)));
}

}  // namespace

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
      "script", "the world of a script", text(), "FILE")(
      "faults", "only these faults (the first words of their steps), or none", text(),
      "FAULT,FAULT…|none")("trace", "writes the one world for the viewer", text(), "FILE")(
      "history", "writes for the viewer what its clients have seen", text(), "FILE")(
      "shiviz", "writes it for ShiViz, a viewer of logs of distributed systems", text(), "FILE")(
      "shrink", "for so long a broken world is made smaller; 0: not at all",
      text()->default_value("60"), "SECONDS")("help", "prints this");
  return options;
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
  if (arguments.shrink_seconds > kLongestShrink)
    return invalid_argument(fmt::format("--shrink takes up to {} seconds", kLongestShrink));
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

}  // namespace strata::sim
