#include "shell/disk_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "env/posix_file_system.h"
#include "store/store_directory.h"

namespace strata::shell {
namespace {

constexpr std::array<std::pair<std::string_view, Disk>, 3> kDisks{
    {{"real", Disk::kReal}, {"simulated", Disk::kSimulated}, {"read-only", Disk::kReadOnly}}};

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

}  // namespace

std::string_view name_of(Disk disk) {
  return std::ranges::find(kDisks, disk, &std::pair<std::string_view, Disk>::second)->first;
}

Result<Disk> parse_disk(std::string_view name) {
  for (const auto& [word, disk] : kDisks)
    if (word == name) return disk;
  return invalid_argument(fmt::format("unknown disk '{}'; use real, simulated or read-only", name));
}

Result<std::unique_ptr<DiskStage>> DiskStage::open(Options options) {
  std::unique_ptr<DiskStage> stage(new DiskStage(std::move(options)));
  if (stage->options_.disk == Disk::kSimulated)
    stage->disk_ = std::make_unique<env::SimulatedFileSystem>();
  STRATA_TRY(stage->open_store());
  return stage;
}

Result<void> DiskStage::open_store() {
  env::FileSystem& real = env::posix_file_system();
  if (disk_) {
    STRATA_TRY(store_, options_.open(*disk_, "/simulated"));
  } else if (options_.disk == Disk::kReadOnly) {
    if (const auto there = expect_store(real, options_.directory); !there)
      return Error{there.error().code, there.error().message + "; --data names another directory"};
    STRATA_TRY(overlay_, env::OverlayFileSystem::open(real, options_.directory));
    STRATA_TRY(store_, options_.open(*overlay_, options_.directory));
  } else {
    STRATA_TRY(store_, options_.open(real, options_.directory));
  }
  return {};
}

Result<void> DiskStage::cut_power(const env::PowerCut& cut) {
  if (!disk_) return invalid_argument("only the power of --disk=simulated can be cut");
  options_.power_off(cut);
  auto left = disk_->after_power_cut(cut);
  // The old store is destroyed together with its disk. What it still writes there is never seen.
  store_.reset();
  disk_ = std::move(left);
  options_.power_on();
  return open_store();
}

Result<Store*> DiskStage::store() const {
  if (store_) return store_.get();
  return unavailable("there is no store since the power cut; cut again, or QUIT");
}

Result<Store*> DiskStage::store_to_change() const {
  if (options_.disk == Disk::kReadOnly)
    return unsupported("the store is only read (--disk=read-only)");
  return store();
}

std::string DiskStage::with_disk(std::string_view banner) const {
  if (options_.disk != Disk::kReadOnly) return std::string(banner);
  return fmt::format("{}\nThe store is only read: writes are refused, and no file of it changes.",
                     banner);
}

Result<std::optional<std::string>> DiskStage::get(std::string_view key,
                                                  const ReadOptions& options) {
  STRATA_TRY(Store* const open, store());
  return open->get(key, options);
}
Result<void> DiskStage::write(const WriteBatch& batch) {
  STRATA_TRY(Store* const open, store_to_change());
  return open->write(batch);
}
Result<std::unique_ptr<Cursor>> DiskStage::scan(const ScanOptions& options) {
  STRATA_TRY(Store* const open, store());
  return open->scan(options);
}
Result<std::shared_ptr<const Snapshot>> DiskStage::snapshot() {
  STRATA_TRY(Store* const open, store());
  return open->snapshot();
}
Result<void> DiskStage::write_if(std::span<const Condition> conditions, const WriteBatch& batch) {
  STRATA_TRY(Store* const open, store_to_change());
  return open->write_if(conditions, batch);
}
Result<std::vector<Stat>> DiskStage::stats() {
  STRATA_TRY(Store* const open, store());
  return open->stats();
}
Result<std::uint64_t> DiskStage::count_keys() {
  STRATA_TRY(Store* const open, store());
  return open->count_keys();
}
Result<void> DiskStage::sync() {
  STRATA_TRY(Store* const open, store_to_change());
  return open->sync();
}
Result<void> DiskStage::replace(Cursor& entries) {
  STRATA_TRY(Store* const open, store_to_change());
  return open->replace(entries);
}
Result<void> DiskStage::close() {
  if (!store_) return {};
  return store_->close();
}

Option disk_option() {
  return {"disk", "real|simulated|read-only", "real",
          "where the files are; the power of a simulated disk can be cut (POWERCUT); read-only "
          "changes none of them",
          accepted_by(parse_disk)};
}

Verb power_cut_verb(DiskStage& stage, std::function<Result<std::string>()> report) {
  return {.name = "POWERCUT",
          .usage = "POWERCUT [lost|kept|subset [seed]]",
          .help =
              "cut the power of the simulated disk: what was not synced is lost, kept, or "
              "a random subset of it; then recover",
          .max_arguments = 2,
          .run = [&stage, report = std::move(report)](const Arguments& arguments,
                                                      Output& out) -> Result<void> {
            STRATA_TRY(const env::PowerCut cut, parse_power_cut(arguments));
            STRATA_TRY(stage.cut_power(cut));
            STRATA_TRY(const std::string line, report());
            out.line(line);
            return {};
          }};
}

Result<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size())
    return invalid_argument(fmt::format("'{}' is not a number", text));
  return count;
}

}  // namespace strata::shell
