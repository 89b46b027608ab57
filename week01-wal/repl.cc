// The shell of week 1. Verbs beyond those that every shell has: CHECKPOINT, DUMP, CRASH
// and, on a simulated disk, POWERCUT.
#include <fmt/format.h>

#include <charconv>
#include <iostream>

#include "shell/program.h"
#include "shell_stage.h"
#include "wal/dump.h"

namespace strata::wal {
namespace {

using shell::Arguments;
using shell::Output;

constexpr std::uint64_t kDumpedFrames = 10;

Result<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size())
    return invalid_argument(fmt::format("'{}' is not a number", text));
  return count;
}

shell::Verb checkpoint_verb(ShellStage& stage) {
  return {.name = "CHECKPOINT",
          .usage = "CHECKPOINT",
          .help = "write the map to a snapshot file and drop the log that it makes needless",
          .run = [&](const Arguments&, Output& out) -> Result<void> {
            STRATA_TRY(auto* const store, stage.store());
            STRATA_TRY(store->checkpoint());
            out.line("OK");
            return {};
          }};
}

shell::Verb dump_verb(ShellStage& stage) {
  return {
      .name = "DUMP",
      .usage = "DUMP [n]",
      .help = "print the last n frames of the newest log segment (10), field by field",
      .max_arguments = 1,
      .run = [&](const Arguments& arguments, Output& out) -> Result<void> {
        std::uint64_t count = kDumpedFrames;
        if (!arguments.empty()) {
          STRATA_TRY(count, parse_count(arguments[0].text));
        }
        STRATA_TRY(auto* const store, stage.store());
        STRATA_TRY(dump_log_tail(stage.file_system(), store->log_directory(), count, out.stream()));
        return {};
      }};
}

Result<env::PowerCut> parse_power_cut(const Arguments& arguments) {
  env::PowerCut cut;
  const std::string_view how = arguments.empty() ? "lost" : std::string_view(arguments[0].text);
  if (how == "lost" || how == "LOST")
    cut.data = cut.names = env::Unsynced::kLost;
  else if (how == "kept" || how == "KEPT")
    cut.data = cut.names = env::Unsynced::kKept;
  else if (how == "subset" || how == "SUBSET")
    cut.data = cut.names = env::Unsynced::kSubset;
  else
    return invalid_argument(
        fmt::format("unknown word '{}'; what was not synced is lost, kept or subset", how));
  if (arguments.size() > 1) {
    STRATA_TRY(cut.seed, parse_count(arguments[1].text));
  }
  return cut;
}

shell::Verb power_cut_verb(ShellStage& stage) {
  return {.name = "POWERCUT",
          .usage = "POWERCUT [lost|kept|subset [seed]]",
          .help =
              "cut the power of the simulated disk: what was not synced is lost, kept, or "
              "a random subset of it; then recover",
          .max_arguments = 2,
          .run = [&](const Arguments& arguments, Output& out) -> Result<void> {
            STRATA_TRY(const env::PowerCut cut, parse_power_cut(arguments));
            STRATA_TRY(stage.cut_power(cut));
            STRATA_TRY(auto* const store, stage.store());
            const LogRecovery& found = store->recovery();
            out.line(fmt::format("recovered {} records; the tail was {}, {} bytes cut off",
                                 found.records, name_of(found.tail), found.torn_bytes));
            return {};
          }};
}

Result<void> check_disk(std::string_view word) {
  if (word == "real" || word == "simulated") return {};
  return invalid_argument(fmt::format("unknown disk '{}'; use real or simulated", word));
}

Result<int> run(const shell::OptionValues& values) {
  const auto say = [](std::string_view line) { std::cerr << "week01-repl: " << line << '\n'; };
  STRATA_TRY(const SyncMode sync, parse_sync_mode(values.at("sync")));
  STRATA_TRY(const auto stage, ShellStage::open({.simulated_disk = values.at("disk") == "simulated",
                                                 .directory = values.at("data"),
                                                 .sync = sync,
                                                 .trace_file = values.at("trace")},
                                                say));
  shell::Shell shell(*stage);
  shell.add_verb(checkpoint_verb(*stage));
  shell.add_verb(dump_verb(*stage));
  shell.add_verb(shell::crash_verb());
  if (stage->simulated()) shell.add_verb(power_cut_verb(*stage));
  STRATA_TRY(const int status,
             shell::run_shell(shell,
                              "Strata, week 1: a map behind a write-ahead log. HELP lists "
                              "the commands."));
  STRATA_TRY(stage->close());
  return status;
}

}  // namespace
}  // namespace strata::wal

int main(int argc, char** argv) {
  namespace shell = strata::shell;
  const shell::Program program{
      .name = "week01-repl",
      .summary = "The shell of week 1: an ordered map in memory behind a write-ahead log.",
      .example = "week01-repl --data /tmp/mine --sync=interval",
      .options = {shell::data_option("./data/week01"),
                  shell::sync_option(),
                  {"disk", "real|simulated", "real",
                   "where the files are; the power of a simulated disk can be cut (POWERCUT)",
                   strata::wal::check_disk},
                  {"trace", "FILE", "", "write what happens to the log to FILE, for the viewer"}}};
  return shell::run_program(argc, argv, program, &strata::wal::run);
}
