// The store of a week's shell. It is on the real disk, or on a simulated disk; then its power can
// be cut, and the store is opened again on what is left.
//
//   STRATA_TRY(const auto stage, DiskStage::open({.simulated = ..., .directory = ...,
//                                                 .open = [&](auto& fs, auto& path) { ... }}));
//   shell.add_verb(power_cut_verb(*stage, report));
//
// Thread-safety: as Store, except for cut_power(): no other call may run at the same time.
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
    env::Path directory;  // on the real disk; not used for a simulated one
    std::function<Result<std::unique_ptr<Store>>(env::FileSystem&, const env::Path&)> open;
    // power_off is called when the power is cut, before the old store is destroyed. power_on is
    // called when the power is back.
    std::function<void(const env::PowerCut&)> power_off = [](const env::PowerCut&) {};
    std::function<void()> power_on = [] {};
  };
  static Result<std::unique_ptr<DiskStage>> open(Options options);

  // Cuts the power of the simulated disk and opens the store on what is left. kInvalidArgument on
  // the real disk.
  Result<void> cut_power(const env::PowerCut& cut);

  // The store that Options::open returned last. kUnavailable if opening failed after a power cut.
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
  env::FileSystem& file_system();

  const Options options_;
  std::unique_ptr<env::SimulatedFileSystem> disk_;  // null: the real disk
  std::unique_ptr<Store> store_;                    // last: destroyed before what it uses
};

// --disk=real|simulated
Option disk_option();

// POWERCUT [lost|kept|subset [seed]]. On a simulated disk it cuts the power, opens the store again,
// and prints the line that `report` returns.
Verb power_cut_verb(DiskStage& stage, std::function<Result<std::string>()> report);

// `text` as a number. kInvalidArgument if it is not one.
Result<std::uint64_t> parse_count(std::string_view text);

}  // namespace strata::shell
