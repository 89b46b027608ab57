// Carries out one plan: merges the inputs into new tables, and enters these in the version in
// place of the inputs.
//
// Blocks: on files, and for long. Crash-safe at every step: until the version is changed, which
// happens at once, the new tables are files that no version names; after that the inputs are.
#pragma once

#include <atomic>
#include <stop_token>

#include "compaction/plan.h"
#include "lsm/version_set.h"

namespace strata::compaction {

// How far a job has come. Written by the job, read by anyone.
struct Progress {
  std::atomic<std::uint64_t> entries_read{0};
  std::atomic<std::uint64_t> entries_dropped{0};
};

struct JobResult {
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
};

// `oldest`: as Compactor::step() is told it; what only readers before it see is dropped, so the
// version that results is readable from it on (VersionSet::compacted()). `output`: how the new
// tables are written. Requires: `plan` was made for the version of versions.current() and only
// flushes changed it since. Ends early, with kCancelled, once `stop` is set. On an error, and then
// too, no file is left and the version is as it was; unless it was the entry into the manifest
// that failed, and not for a full disk: then the new tables stay, since the disk may name either
// version, and opening the store decides. A manifest that has failed before fails it before it
// writes.
Result<JobResult> compact(lsm::VersionSet& versions, const CompactionPlan& plan,
                          lsm::SequenceNumber oldest, const lsm::TableOptions& output,
                          const std::stop_token& stop, Progress& progress);

}  // namespace strata::compaction
