// week03-compaction-sim: what a compaction policy costs, without a disk. See --help.
#include <fmt/format.h>

#include <cstdio>
#include <fstream>

#include "compaction_sim/sim_report.h"
#include "compaction_sim/sim_settings.h"
#include "compaction_sim/sim_trace.h"

namespace {

using namespace strata;
using namespace strata::compaction;

Result<SimResult> traced_run(const SimSettings& settings, const CompactionPolicy& policy) {
  std::ofstream file(*settings.json);
  SimTrace trace(policy.name(), [&](std::string_view line) { file << line; });
  SimResult result = Simulator(settings.options, policy, trace).run();
  file.close();
  if (!file) return io_error(fmt::format("{} could not be written", *settings.json));
  return result;
}

Result<SimResult> run(const SimSettings& settings, const CompactionPolicy& policy) {
  if (settings.json) return traced_run(settings, policy);
  SimObserver nobody;
  return Simulator(settings.options, policy, nobody).run();
}

Result<void> run_all(const SimSettings& settings) {
  const auto& [kind, keys, deletions, seed] = settings.options.stream;
  fmt::print("{} writes to {} keys, {}, {}% deletions, seed {}\n\n", settings.options.operations,
             keys, name_of(kind), deletions, seed);
  std::vector<NamedFigures> figures;
  for (const std::string& name : settings.policies) {
    const auto policy = make_policy(name, settings.options.memtable_bytes);
    STRATA_TRY(const SimResult result, run(settings, *policy));
    fmt::print("{}\n", levels_text(name, result));
    figures.push_back({.policy = name, .figures = result.figures});
  }
  fmt::print("{}", figures_text(figures));
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const auto settings = parse_sim_settings(argc, argv);
  if (!settings) {
    fmt::print(stderr, "week03-compaction-sim: {}\n", settings.error().message);
    return 2;
  }
  if (settings->help) {
    fmt::print("{}", sim_help_text());
    return 0;
  }
  if (const auto done = run_all(*settings); !done) {
    fmt::print(stderr, "week03-compaction-sim: {}\n", done.error().message);
    return 1;
  }
  return 0;
}
