#include "lsm_verbs/snapshot_verbs.h"

#include <fmt/format.h>

#include "base/text.h"

namespace strata::lsm {
namespace {

using shell::Arguments;
using shell::DiskStage;
using shell::Output;
using shell::Verb;

Verb snapshot_verb(DiskStage& stage, Snapshots& snapshots) {
  return {.name = "SNAPSHOT",
          .usage = "SNAPSHOT",
          .help = "remember the store as it is now; prints the snapshot's number",
          .run = [&](const Arguments&, Output& out) -> Result<void> {
            STRATA_TRY(auto snapshot, stage.snapshot());
            out.line(fmt::format("snapshot {}", snapshots.keep(std::move(snapshot))));
            return {};
          }};
}

Verb release_verb(Snapshots& snapshots) {
  return {.name = "RELEASE",
          .usage = "RELEASE <n>",
          .help = "forget snapshot n",
          .min_arguments = 1,
          .max_arguments = 1,
          .run = [&](const Arguments& arguments, Output& out) -> Result<void> {
            STRATA_TRY(snapshots.release(arguments[0].text));
            out.line("OK");
            return {};
          }};
}

Verb at_verb(DiskStage& stage, const Snapshots& snapshots) {
  return {.name = "AT",
          .usage = "AT <n> GET <key>",
          .help = "read a key as it was at snapshot n",
          .min_arguments = 3,
          .max_arguments = 3,
          .run = [&](const Arguments& arguments, Output& out) -> Result<void> {
            if (arguments[1].text != "GET" && arguments[1].text != "get")
              return invalid_argument("usage: AT <n> GET <key>");
            STRATA_TRY(auto snapshot, snapshots.find(arguments[0].text));
            STRATA_TRY(const auto value,
                       stage.get(arguments[2].text, {.snapshot = std::move(snapshot)}));
            if (!value) return not_found("key not found");
            out.line(printable(*value));
            return {};
          }};
}

}  // namespace

std::uint64_t Snapshots::keep(std::shared_ptr<const Snapshot> snapshot) {
  kept_[next_] = std::move(snapshot);
  return next_++;
}

Result<std::shared_ptr<const Snapshot>> Snapshots::find(std::string_view text) const {
  STRATA_TRY(const std::uint64_t number, shell::parse_count(text));
  const auto found = kept_.find(number);
  if (found != kept_.end()) return found->second;
  return invalid_argument(fmt::format("there is no snapshot {}", number));
}

Result<void> Snapshots::release(std::string_view text) {
  STRATA_TRY(find(text));
  STRATA_TRY(const std::uint64_t number, shell::parse_count(text));
  kept_.erase(number);
  return {};
}

std::vector<Verb> snapshot_verbs(DiskStage& stage, Snapshots& snapshots) {
  return {snapshot_verb(stage, snapshots), release_verb(snapshots), at_verb(stage, snapshots)};
}

}  // namespace strata::lsm
