#include "compaction_sim/sim_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cxxopts.hpp>

#include "compaction/levelled_policy.h"
#include "compaction/tiered_policy.h"

namespace strata::compaction {
namespace {

constexpr std::array<std::string_view, 3> kPolicies{"levelled", "tiered", "never"};

constexpr std::string_view kExamples = R"(
Nothing is stored: tables are keys in memory, and time is counted from bytes and bandwidths.
Several policies run on the same writes, and their figures stand side by side.

Examples:
  week03-compaction-sim                              levelled, a million keys
  week03-compaction-sim --policy=all --stream=zipfian
  week03-compaction-sim --policy=tiered,levelled --compaction-bandwidth=60
  week03-compaction-sim --keys=20000 --operations=200000 --memtable-bytes=65536 --json=t.jsonl
                                  then open t.jsonl with common/viewer/index.html

Exit status: 0; 1 if the file could not be written; 2 for a wrong command line.
)";

cxxopts::Options command_line() {
  cxxopts::Options options("week03-compaction-sim",
                           "What a compaction policy costs, without a disk.\n");
  options.custom_help("[OPTIONS]").set_width(100);
  const auto text = [] { return cxxopts::value<std::string>(); };
  const auto number = [] { return cxxopts::value<std::uint64_t>(); };
  options.add_options("Work")("policy", "levelled, tiered, never; several by commas, or all",
                              cxxopts::value<std::vector<std::string>>()->default_value("levelled"),
                              "WORD")("stream", "uniform, sequential or zipfian",
                                      text()->default_value("uniform"), "WORD")(
      "deletions", "Percent of the operations", number()->default_value("10"), "N")(
      "seed", "Of all that is random", number()->default_value("1"), "N");
  options.add_options("Size")("keys", "Keys", number()->default_value("1000000"), "N")(
      "operations", "Writes", number()->default_value("5000000"), "N")(
      "value-size", "Bytes of a value; a key has 16", number()->default_value("100"), "B")(
      "memtable-bytes", "Bytes of a flush", number()->default_value("1048576"), "B");
  options.add_options("Speed")("write-bandwidth", "MB a second that the writers bring",
                               number()->default_value("10"), "MB")(
      "compaction-bandwidth", "MB a second that compactions read and write",
      number()->default_value("200"), "MB")(
      "stop-tables", "Tables of level 0 that stop the writers", number()->default_value("12"), "N")(
      "stop-debt", "Bytes yet to be merged that stop the writers (default: none)", number(), "B");
  options.add_options("Report")("every", "A line of levels each so many operations",
                                number()->default_value("250000"), "N")(
      "json", "Write a trace for the viewer; of one policy", text(), "FILE")("help", "Print this");
  return options;
}

// One option's number, between `least` and `most`.
Result<std::uint64_t> number_of(const cxxopts::ParseResult& parsed, const std::string& name,
                                std::uint64_t least, std::uint64_t most) {
  const auto value = parsed[name].as<std::uint64_t>();
  if (value < least || value > most)
    return invalid_argument(
        fmt::format("--{}={} is not between {} and {}", name, value, least, most));
  return value;
}

Result<std::vector<std::string>> policies_of(const cxxopts::ParseResult& parsed) {
  std::vector<std::string> policies;
  for (const auto& word : parsed["policy"].as<std::vector<std::string>>()) {
    if (word == "all") return std::vector<std::string>(kPolicies.begin(), kPolicies.end());
    if (std::ranges::find(kPolicies, word) == kPolicies.end())
      return invalid_argument(fmt::format(
          "--policy={}: there is no such policy; there are levelled, tiered, never, and all",
          word));
    policies.push_back(word);
  }
  return policies;
}

Result<void> read_stream(const cxxopts::ParseResult& parsed, StreamOptions& stream) {
  const auto word = parsed["stream"].as<std::string>();
  const auto kind = parse_stream_kind(word);
  if (!kind)
    return invalid_argument(fmt::format(
        "--stream={}: there is no such stream; there are uniform, sequential, zipfian", word));
  stream.kind = *kind;
  STRATA_TRY(const auto keys, number_of(parsed, "keys", 1, 100'000'000));
  STRATA_TRY(const auto deletions, number_of(parsed, "deletions", 0, 100));
  stream.keys = static_cast<std::uint32_t>(keys);
  stream.deletions = static_cast<unsigned>(deletions);
  stream.seed = parsed["seed"].as<std::uint64_t>();
  return {};
}

Result<void> read_sizes(const cxxopts::ParseResult& parsed, SimOptions& options) {
  constexpr std::uint64_t kMega = 1'000'000;
  STRATA_TRY(options.operations, number_of(parsed, "operations", 1, 1'000'000'000));
  STRATA_TRY(options.sizes.value_bytes, number_of(parsed, "value-size", 0, kMega));
  STRATA_TRY(options.memtable_bytes, number_of(parsed, "memtable-bytes", 1024, kMega * kMega));
  STRATA_TRY(options.every, number_of(parsed, "every", 1, 1'000'000'000));
  STRATA_TRY(const auto write, number_of(parsed, "write-bandwidth", 1, kMega));
  STRATA_TRY(const auto compaction, number_of(parsed, "compaction-bandwidth", 1, kMega));
  options.write_bandwidth = write * kMega;
  options.compaction_bandwidth = compaction * kMega;
  STRATA_TRY(options.stop_tables, number_of(parsed, "stop-tables", 1, kMega));
  if (parsed.count("stop-debt") > 0) options.stop_debt = parsed["stop-debt"].as<std::uint64_t>();
  return {};
}

Result<SimSettings> settings_of(const cxxopts::ParseResult& parsed) {
  SimSettings settings;
  if (!parsed.unmatched().empty())
    return invalid_argument(
        fmt::format("unexpected word '{}'; see --help", parsed.unmatched().front()));
  settings.help = parsed.count("help") > 0;
  STRATA_TRY(settings.policies, policies_of(parsed));
  STRATA_TRY(read_stream(parsed, settings.options.stream));
  STRATA_TRY(read_sizes(parsed, settings.options));
  if (parsed.count("json") > 0) settings.json = parsed["json"].as<std::string>();
  if (settings.json && settings.policies.size() != 1)
    return invalid_argument("--json takes one policy: a trace tells one story");
  return settings;
}

}  // namespace

Result<SimSettings> parse_sim_settings(int argc, const char* const* argv) {
  try {
    auto options = command_line();
    return settings_of(options.parse(argc, argv));
  } catch (const cxxopts::exceptions::exception& error) {
    return invalid_argument(fmt::format("{}; see --help", error.what()));
  }
}

std::string sim_help_text() { return command_line().help() + std::string(kExamples); }

std::unique_ptr<CompactionPolicy> make_policy(std::string_view name, std::uint64_t memtable_bytes) {
  if (name == "never") return std::make_unique<NeverPolicy>();
  if (name == "tiered") {
    TieredOptions options;
    options.table_bytes = memtable_bytes;
    return std::make_unique<TieredPolicy>(options);
  }
  if (name != "levelled") return nullptr;
  LevelledOptions options;
  options.level1_bytes = 4 * memtable_bytes;
  options.table_bytes = memtable_bytes;
  return std::make_unique<LevelledPolicy>(options);
}

}  // namespace strata::compaction
