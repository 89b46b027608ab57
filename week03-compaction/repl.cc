// The shell of week 3: the shell of week 2 (lsm_verbs/lsm_shell.h) on this week's store. It adds
// the verbs COMPACT, CHECKPOINT and VERIFY, and LEVELS draws a picture.
#include <algorithm>
#include <memory>

#include "compaction/checkpoint.h"
#include "compaction/engine.h"
#include "compaction/levels_picture.h"
#include "compaction/tracing_observer.h"
#include "compaction/verify.h"
#include "lsm_verbs/lsm_shell.h"
#include "shell/trace_file.h"

namespace strata::compaction {
namespace {

using lsm::lsm_store;
using lsm::lsm_store_to_change;
using lsm::LsmStore;
using shell::Arguments;
using shell::DiskStage;
using shell::Output;
using shell::Verb;

constexpr std::uint64_t kMaxFilterBits = 64;

Verb compact_verb(DiskStage& stage) {
  return {.name = "COMPACT",
          .usage = "COMPACT [<from> [<to>]]",
          .help =
              "merge what holds keys from <from> to <to>, that one included, or all, down to the "
              "last level",
          .max_arguments = 2,
          .run = [&](const Arguments& arguments, Output& out) -> Result<void> {
            STRATA_TRY(LsmStore* const store, lsm_store_to_change(stage));
            std::string_view from;
            std::optional<std::string_view> to;
            if (!arguments.empty()) from = arguments[0].text;
            if (arguments.size() > 1) to = arguments[1].text;
            STRATA_TRY(store->compact(from, to));
            out.line("OK");
            return {};
          }};
}

std::uint64_t figure(const std::vector<Stat>& stats, std::string_view name) {
  const auto found = std::ranges::find(stats, name, &Stat::name);
  return found == stats.end() ? 0 : std::get<std::uint64_t>(found->value);
}

Verb levels_verb(DiskStage& stage, PolicyKind policy) {
  return {
      .name = "LEVELS",
      .usage = "LEVELS",
      .help = "draw the tables of each level, and what they cost writes, space and reads",
      .run = [&stage, policy](const Arguments&, Output& out) -> Result<void> {
        STRATA_TRY(LsmStore* const store, lsm_store(stage));
        STRATA_TRY(const auto stats, store->stats());
        const LevelledPolicy levelled{LevelledOptions{}};  // as engine() has it
        out.text(picture_of(store->version(), policy == PolicyKind::kLevelled ? &levelled : nullptr,
                            {.flushed = figure(stats, "flushed_bytes"),
                             .compacted = figure(stats, "compaction_bytes_written")}));
        return {};
      }};
}

Verb checkpoint_verb(DiskStage& stage) {
  return {.name = "CHECKPOINT",
          .usage = "CHECKPOINT <directory>",
          .help =
              "copy the store as it is now to a new directory (missing parents are made, too); it "
              "does not read the tables, VERIFY does",
          .min_arguments = 1,
          .max_arguments = 1,
          .run = [&](const Arguments& arguments, Output& out) -> Result<void> {
            STRATA_TRY(LsmStore* const store, lsm_store(stage));
            STRATA_TRY(checkpoint(*store, arguments[0].text));
            out.line("OK");
            return {};
          }};
}

Verb verify_verb(DiskStage& stage) {
  return {.name = "VERIFY",
          .usage = "VERIFY",
          .help = "read every block of every table, the manifest and the log, and check them",
          .run = [&](const Arguments&, Output& out) -> Result<void> {
            STRATA_TRY(LsmStore* const store, lsm_store(stage));
            STRATA_TRY(const Verified found, verify(*store));
            out.line(found.text() + ": all sound");
            return {};
          }};
}

Result<EngineOptions> options_from(const shell::OptionValues& values) {
  EngineOptions options;
  STRATA_TRY(options.store.sync, parse_sync_mode(values.at("sync")));
  STRATA_TRY(options.policy, parse_policy(values.at("policy")));
  STRATA_TRY(const shell::Disk disk, shell::parse_disk(values.at("disk")));
  // Whoever only reads the files has no use for other tables, which would be in memory.
  if (disk == shell::Disk::kReadOnly) options.policy = PolicyKind::kNever;
  STRATA_TRY(options.store.memtable_bytes, shell::parse_count(values.at("memtable")));
  STRATA_TRY(options.cache_bytes, shell::parse_count(values.at("cache")));
  STRATA_TRY(const std::uint64_t filter_bits, shell::parse_count(values.at("filter-bits")));
  options.filter_bits = static_cast<int>(filter_bits);
  STRATA_TRY(options.compression, parse_compression(values.at("compression")));
  STRATA_TRY(options.bottom_compression, parse_compression(values.at("bottom-compression")));
  return options;
}

Result<int> run(const shell::OptionValues& values) {
  std::unique_ptr<TracingObserver> observer;
  STRATA_TRY(EngineOptions options, options_from(values));
  const lsm::LsmShell shell{
      .program = "week03-repl",
      .banner = "Strata, week 3: a tree that stays in shape. HELP lists the commands.",
      .options = [&](Trace* trace) -> Result<lsm::LsmOptions> {
        if (trace && !observer) observer = std::make_unique<TracingObserver>(*trace);
        if (observer) {
          observer->opening(values.at("policy"));
          options.observer = observer.get();
        }
        return engine(options);
      },
      .more_verbs =
          [&](DiskStage& stage) {
            return std::vector<Verb>{compact_verb(stage), levels_verb(stage, options.policy),
                                     checkpoint_verb(stage), verify_verb(stage)};
          }};
  return lsm::run_lsm_shell(shell, values);
}

std::vector<shell::Option> options() {
  const std::string kinds = "lz4|zstd|none";
  return {shell::data_option("./data/week03"),
          shell::sync_option(),
          shell::disk_option(),
          lsm::memtable_option(),
          {"policy", "levelled|tiered|never", "levelled", "how it is decided what to merge",
           shell::accepted_by(parse_policy)},
          {"compression", kinds, "lz4", "how blocks are made smaller",
           shell::accepted_by(parse_compression)},
          {"bottom-compression", kinds, "lz4", "those of the last level",
           shell::accepted_by(parse_compression)},
          {"cache", "BYTES", "67108864", "blocks that are kept in memory; 0: none",
           shell::number_between(0, std::uint64_t{1} << 40)},
          {"filter-bits", "N", "10", "filter bits for each key; 0: no filters",
           shell::number_between(0, kMaxFilterBits)},
          shell::trace_option()};
}

}  // namespace
}  // namespace strata::compaction

int main(int argc, char** argv) {
  const strata::shell::Program program{
      .name = "week03-repl",
      .summary = "The shell of week 3: a log-structured merge tree with compaction.",
      .example = "week03-repl --data /tmp/mine --policy=tiered --bottom-compression=zstd",
      .options = strata::compaction::options()};
  return strata::shell::run_program(argc, argv, program, &strata::compaction::run);
}
