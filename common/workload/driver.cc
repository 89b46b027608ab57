#include "workload/driver.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "env/temporary_directory.h"
#include "workload/report.h"
#include "workload/runner.h"

namespace strata::workload {
namespace {

// The stores and workloads that the command line named.
struct Plan {
  std::vector<const Target*> targets;
  std::vector<const Workload*> workloads;
};

Result<Plan> make_plan(Settings& settings, const std::vector<Target>& targets) {
  Plan plan;
  if (settings.stores.empty()) settings.stores = {default_target()};
  for (const std::string& name : settings.stores) {
    STRATA_TRY(const Target* target, find_target(targets, name));
    STRATA_TRY(check_tuning(*target, settings.tuning));
    if (std::ranges::count(plan.targets, target) > 0)
      return invalid_argument(fmt::format("--stores names {} twice", name));
    plan.targets.push_back(target);
  }
  for (const std::string& name : settings.workloads) {
    STRATA_TRY(const Workload* workload, find_workload(name));
    plan.workloads.push_back(workload);
  }
  if (settings.baseline && std::ranges::count(settings.stores, *settings.baseline) == 0)
    return invalid_argument(fmt::format("--baseline={} is not among --stores", *settings.baseline));
  return plan;
}

std::string list_text(const std::vector<Target>& targets) {
  std::string text = "stores:\n";
  for (const Target& target : targets)
    text += fmt::format("  {:<16} {}{}\n", target.name, target.summary,
                        target.available() ? ""
                                           : fmt::format(" (not compiled in; it wants {})",
                                                         target.missing_package));
  text += "workloads:\n";
  for (const Workload& workload : workloads())
    text += fmt::format("  {:<16} {}\n", workload.name, workload.summary);
  return text;
}

// Options that have no effect on one of the stores.
void warn_of_tuning(const Settings& settings, const Plan& plan, std::ostream& err) {
  const Tuning& tuning = settings.tuning;
  if (!tuning.write_buffer && !tuning.cache && !tuning.filter_bits) return;
  for (const Target* target : plan.targets)
    if (!target->takes_tuning)
      err << fmt::format(
          "strata-load: {} takes no --write-buffer, --cache or --filter-bits; it runs without\n",
          target->name);
}

Result<std::vector<Measurement>> run_turn(Runner& runner, Subject& subject, const Plan& plan,
                                          unsigned round) {
  std::vector<Measurement> measurements;
  for (std::size_t step = 0; step < plan.workloads.size(); ++step) {
    auto measurement = runner.run(subject, *plan.workloads[step]);
    if (!measurement) {
      Error error = std::move(measurement).error();
      error.message = fmt::format("{} on {}: {}: {}", plan.workloads[step]->name,
                                  subject.target().name, name_of(error.code), error.message);
      return error;
    }
    measurement->step = step;
    measurement->round = round;
    measurements.push_back(*std::move(measurement));
  }
  STRATA_TRY(subject.close());
  return measurements;
}

Result<std::vector<Measurement>> run_rounds(const Settings& settings, const Plan& plan,
                                            std::ostream& err) {
  const bool watched = settings.progress.value_or(::isatty(STDERR_FILENO) == 1);
  Runner runner(settings, watched ? &err : nullptr);
  STRATA_TRY(auto directory, env::TemporaryDirectory::make(settings.directory, "strata-load"));
  if (settings.keep) directory->keep();
  if (settings.keep) err << "strata-load: keeping " << directory->path().string() << '\n';
  std::vector<Measurement> all;
  for (unsigned round = 1; round <= settings.rounds; ++round) {
    for (const Target* target : plan.targets) {
      Subject subject(*target, directory->path() / target->name, settings.tuning);
      STRATA_TRY(subject.wipe());
      STRATA_TRY(auto turn, run_turn(runner, subject, plan, round));
      std::ranges::move(turn, std::back_inserter(all));
    }
  }
  return all;
}

Result<void> write_json(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  if (file << text << std::flush) return {};
  return io_error("cannot write " + path);
}

Result<void> report(const Settings& settings, const std::vector<Measurement>& measurements,
                    std::ostream& out, std::ostream& err) {
  // If JSON goes to standard output, nothing else may be printed there.
  std::ostream& text = settings.json == "-" ? err : out;
  text << describe(settings) << table(measurements);
  if (settings.baseline)
    text << ratio_table(ratios(measurements, *settings.baseline), *settings.baseline);
  if (settings.histogram) text << distributions(measurements);
  if (!settings.json) return {};
  const std::string figures = json(settings, measurements);
  if (settings.json != "-") return write_json(*settings.json, figures);
  out << figures << std::flush;
  return {};
}

int complain(std::ostream& err, const Error& error, int status) {
  err << "strata-load: " << error.message << '\n';
  return status;
}

int run(Settings settings, const std::vector<Target>& targets, std::ostream& out,
        std::ostream& err) {
  const auto plan = make_plan(settings, targets);
  if (!plan) return complain(err, plan.error(), kMisused);
  warn_of_tuning(settings, *plan, err);
  const auto measurements = run_rounds(settings, *plan, err);
  if (!measurements) return complain(err, measurements.error(), kFailed);
  const auto reported = report(settings, *measurements, out, err);
  return reported ? kOk : complain(err, reported.error(), kFailed);
}

}  // namespace

int run_driver(int argc, const char* const* argv, std::vector<Target> peers, std::ostream& out,
               std::ostream& err) {
  auto targets = all_targets(std::move(peers));
  auto settings = parse_settings(argc, argv);
  if (!settings) return complain(err, settings.error(), kMisused);
  if (settings->connect) {
    auto remote = remote_target(*settings->connect);
    if (!remote) return complain(err, remote.error(), kMisused);
    settings->stores = {remote->name};
    targets.push_back(*std::move(remote));
  }
  switch (settings->action) {
    case Settings::Action::kHelp:
      out << help_text();
      return kOk;
    case Settings::Action::kList:
      out << list_text(targets);
      return kOk;
    case Settings::Action::kRun:
      return run(*std::move(settings), targets, out, err);
  }
  return kMisused;
}

}  // namespace strata::workload
