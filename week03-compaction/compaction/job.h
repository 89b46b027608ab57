// Carries out one plan: merges the inputs into new tables, and replaces the inputs by these tables
// in the version.
//
// Blocks: on files, for a long time. Safe at every moment of a crash: before the edit in the
// manifest, no version names the new tables; after it, no version names the inputs. One edit does
// both. The next opening of the store removes the files that no version names.
#pragma once

#include <atomic>
#include <stop_token>

#include "compaction/plan.h"
#include "lsm/version_set.h"

namespace strata::compaction {

// How far a job has come. The job writes it; any thread may read it at any time.
struct Progress {
  std::atomic<std::uint64_t> entries_read{0};
  std::atomic<std::uint64_t> entries_dropped{0};
};

struct JobResult {
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
};

// Merges the inputs of `plan`. `oldest`: the number of the oldest reader, as Compactor::step() gets
// it. Versions that only earlier readers could see are dropped, so the new version is readable from
// `oldest` on (VersionSet::compacted()). `output`: how to write the new tables.
// Requires: `plan` was made for versions.current(), and only flushes have changed that since.
// Ensures on success: the new tables and their names were durable before the manifest named them.
// Errors: kCancelled once `stop` is set; errors of the disk. After an error no file is left and the
// version is unchanged. One exception: if writing the manifest failed, and not because the disk was
// full, the new tables stay. The disk may then name either version, and the next opening of the
// store finds out which. If the manifest has failed before, the job fails before it writes a table.
Result<JobResult> compact(lsm::VersionSet& versions, const CompactionPlan& plan,
                          lsm::SequenceNumber oldest, const lsm::TableOptions& output,
                          const std::stop_token& stop, Progress& progress);

}  // namespace strata::compaction
