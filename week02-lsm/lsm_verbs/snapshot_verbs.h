// The verbs SNAPSHOT, RELEASE and AT, which take, release and read snapshots.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "shell/disk_stage.h"

namespace strata::lsm {

// The snapshots that SNAPSHOT took, by number. A number is never used twice.
//
// Thread-safety: none; one owner.
class Snapshots {
 public:
  std::uint64_t keep(std::shared_ptr<const Snapshot> snapshot);
  // Errors of these two: kInvalidArgument unless `text` is the number of a snapshot that is kept.
  Result<std::shared_ptr<const Snapshot>> find(std::string_view text) const;
  Result<void> release(std::string_view text);
  void clear() { kept_.clear(); }

 private:
  std::map<std::uint64_t, std::shared_ptr<const Snapshot>> kept_;
  std::uint64_t next_ = 1;
};

// Requires: both arguments outlive the verbs.
std::vector<shell::Verb> snapshot_verbs(shell::DiskStage& stage, Snapshots& snapshots);

}  // namespace strata::lsm
