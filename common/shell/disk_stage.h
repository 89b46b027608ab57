// The store of a week's shell. It is on the real disk; or on a simulated disk, whose power can be
// cut, and then the store is opened again on what is left; or it is only read.
//
//   STRATA_TRY(const auto stage, DiskStage::open({.disk = ..., .directory = ...,
//                                                 .open = [&](auto& fs, auto& path) { ... }}));
//   shell.add_verb(power_cut_verb(*stage, report));
//
// Thread-safety: as Store, except for cut_power(): no other call may run at the same time.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "env/overlay_file_system.h"
#include "env/simulated_file_system.h"
#include "shell/program.h"
#include "shell/verb.h"
#include "store/store.h"

namespace strata::shell {

enum class Disk {
  kReal,
  kSimulated,
  kReadOnly,  // the real one, of which nothing is changed
};
// As the option --disk names them.
std::string_view name_of(Disk disk);
Result<Disk> parse_disk(std::string_view name);

class DiskStage final : public Store {
 public:
  struct Options {
    Disk disk = Disk::kReal;
    env::Path directory;  // on the real disk; not used for a simulated one
    std::function<Result<std::unique_ptr<Store>>(env::FileSystem&, const env::Path&)> open;
    // power_off is called when the power is cut, before the old store is destroyed. power_on is
    // called when the power is back.
    std::function<void(const env::PowerCut&)> power_off = [](const env::PowerCut&) {};
    std::function<void()> power_on = [] {};
  };
  // Errors: as Options::open; kNotFound if there is no store to be only read.
  static Result<std::unique_ptr<DiskStage>> open(Options options);

  // Cuts the power of the simulated disk and opens the store on what is left. kInvalidArgument on
  // the real disk.
  Result<void> cut_power(const env::PowerCut& cut);

  // The store that Options::open returned last. kUnavailable if opening failed after a power cut.
  Result<Store*> store() const;
  // For verbs that change files. kUnsupported if the store is only read.
  Result<Store*> store_to_change() const;

  // `banner`, for run_shell(), with one more line if the store is only read.
  std::string with_disk(std::string_view banner) const;

  Result<std::optional<std::string>> get(std::string_view key,
                                         const ReadOptions& options = {}) override;
  Result<void> write(const WriteBatch& batch) override;
  Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) override;
  Result<std::shared_ptr<const Snapshot>> snapshot() override;
  Result<void> write_if(std::span<const Condition> conditions, const WriteBatch& batch) override;
  Result<std::vector<Stat>> stats() override;
  Result<std::uint64_t> count_keys() override;
  Result<void> sync() override;
  Result<void> replace(Cursor& entries) override;
  Capabilities capabilities() const override {
    return {.durable = true,
            .snapshots = true,
            .writable = options_.disk != Disk::kReadOnly,
            .conditions = true};
  }
  Result<void> close() override;

 private:
  explicit DiskStage(Options options) : options_(std::move(options)) {}
  Result<void> open_store();

  const Options options_;
  std::unique_ptr<env::SimulatedFileSystem> disk_;   // of Disk::kSimulated, else null
  std::unique_ptr<env::OverlayFileSystem> overlay_;  // of Disk::kReadOnly, else null
  std::unique_ptr<Store> store_;                     // last: destroyed before what it uses
};

// --disk=real|simulated|read-only
Option disk_option();

// POWERCUT [lost|kept|subset [seed]]. On a simulated disk it cuts the power, opens the store again,
// and prints the line that `report` returns.
Verb power_cut_verb(DiskStage& stage, std::function<Result<std::string>()> report);

// `text` as a number. kInvalidArgument if it is not one.
Result<std::uint64_t> parse_count(std::string_view text);

}  // namespace strata::shell
