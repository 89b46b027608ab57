#include "workload/target.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "store/memory_store.h"

namespace strata::workload {
namespace {

Target memory_target() {
  return {.name = "memory",
          .summary = "an ordered map in memory; nothing survives it",
          .open = [](const TargetOptions&) -> Result<std::unique_ptr<Store>> {
            return std::make_unique<MemoryStore>();
          }};
}

Target target_of(const Stage& stage) {
  return {
      .name = stage.name,
      .summary = stage.summary,
      .open =
          [open = stage.open](const TargetOptions& options) {
            return open(
                {.directory = options.directory, .sync = options.sync, .tuning = options.tuning});
          },
      .takes_tuning = stage.takes_tuning,
      .compressions = stage.compressions};
}

}  // namespace

std::vector<Target> all_targets(std::vector<Target> peers) {
  std::vector<Target> targets = {memory_target()};
  std::ranges::transform(stages(), std::back_inserter(targets), target_of);
  std::ranges::move(peers, std::back_inserter(targets));
  return targets;
}

Result<Target> remote_target(const ConnectOptions& options) {
  STRATA_TRY(const Connector* connector, find_connector(options.address));
  return Target{
      .name = "remote",
      .summary = "the server at " + options.address,
      .open = [=](const TargetOptions&) { return connector->connect(options); },
      .connect = [=] { return connector->connect_async(options); },
      .keeps_log = false,
  };
}

std::string default_target() { return stages().empty() ? "memory" : stages().back().name; }

Result<const Target*> find_target(const std::vector<Target>& targets, std::string_view name) {
  const auto found = std::ranges::find(targets, name, &Target::name);
  if (found == targets.end()) {
    std::vector<std::string_view> names;
    std::ranges::transform(targets, std::back_inserter(names), &Target::name);
    return invalid_argument(
        fmt::format("unknown store '{}'; there are: {}", name, fmt::join(names, ", ")));
  }
  if (!found->available())
    return invalid_argument(
        fmt::format("this program was built without {}; install {} and build again", name,
                    found->missing_package));
  return &*found;
}

Result<void> check_tuning(const Target& target, const Tuning& tuning) {
  if (!tuning.compression || std::ranges::count(target.compressions, *tuning.compression) > 0)
    return {};
  return invalid_argument(fmt::format("{} cannot compress with '{}'; it takes: {}", target.name,
                                      *tuning.compression, fmt::join(target.compressions, ", ")));
}

}  // namespace strata::workload
