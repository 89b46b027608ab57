// The store behind a week's shell: on the real disk, or on a simulated one whose power can
// be cut to see what comes back.
//
//   STRATA_TRY(const auto stage, DiskStage::open({.simulated = ..., .directory = ...,
//                                                 .open = [&](auto& fs, auto& path) { ... }}));
//   shell.add_verb(power_cut_verb(*stage, report));
//
// Thread-safety: as Store, but for cut_power(), which must run alone.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "env/simulated_file_system.h"
#include "shell/program.h"
#include "shell/verb.h"
#include "store/store.h"

namespace strata::shell {

class DiskStage final : public Store {
 public:
  struct Options {
    bool simulated = false;
    env::Path directory;  // on the real disk; a simulated one has a place of its own
    std::function<Result<std::unique_ptr<Store>>(env::FileSystem&, const env::Path&)> open;
    // Called when the power goes, before the old store does, and when it is back.
    std::function<void(const env::PowerCut&)> power_off = [](const env::PowerCut&) {};
    std::function<void()> power_on = [] {};
  };
  static Result<std::unique_ptr<DiskStage>> open(Options options);

  // Cuts the power of the simulated disk and opens the store on what is left. Requires:
  // simulated().
  Result<void> cut_power(const env::PowerCut& cut);
  bool simulated() const { return disk_ != nullptr; }
  env::FileSystem& file_system();

  // What Options::open made last; kUnavailable if what a power cut left could not be opened.
  Result<Store*> store() const;

  Result<std::optional<std::string>> get(std::string_view key,
                                         const ReadOptions& options = {}) override;
  Result<void> write(const WriteBatch& batch) override;
  Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) override;
  Result<std::shared_ptr<const Snapshot>> snapshot() override;
  Result<std::vector<Stat>> stats() override;
  Capabilities capabilities() const override { return {.durable = true, .snapshots = true}; }
  Result<void> close() override;

 private:
  explicit DiskStage(Options options) : options_(std::move(options)) {}
  Result<void> open_store();

  const Options options_;
  std::unique_ptr<env::SimulatedFileSystem> disk_;  // null: the real one
  std::unique_ptr<Store> store_;                    // last: goes before what it uses
};

// --disk=real|simulated
Option disk_option();

// POWERCUT [lost|kept|subset [seed]], for a simulated disk: cuts the power, recovers, and
// prints the line that `report` answers.
Verb power_cut_verb(DiskStage& stage, std::function<Result<std::string>()> report);

// The number that `text` is, or kInvalidArgument.
Result<std::uint64_t> parse_count(std::string_view text);

}  // namespace strata::shell
