// Cuts the power at every call that a store makes to its disk, and checks what comes back.
//
// A sequence of random batches (a trace) runs on a simulated disk. After each call that changes the
// disk, and for each way in which a power cut may treat unsynced data, the explorer does this:
//
//   1. It copies the disk as it would be after the power cut.
//   2. It opens the store on the copy and compares the contents. They must be those after all
//      acknowledged batches, or after one more batch that was being written.
//   3. It cuts the power again at each call of that recovery, and after the first write to the
//      recovered store. That write must be there, too.
//
// It also checks the disk right after each batch was acknowledged, before the next call.
//
// At each of those calls the process may also die without a power cut. Then the next process finds
// everything, but nothing more is synced than before, and the power is cut during its recovery.
//
// This is S1 in common/docs/reliability.md. The idea comes from ALICE (Pillai et al., OSDI '14).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "env/simulated_file_system.h"
#include "testing/model.h"

namespace strata::testing {

using OpenStore = std::function<Result<std::unique_ptr<Store>>(env::FileSystem&)>;

struct CrashExploration {
  OpenStore open;
  std::uint64_t seed = 1;
  std::uint64_t batches = 1000;
  RandomBatches shape;
  // Called after each batch, with its number, for example to make a checkpoint. Returns true if it
  // made everything durable that was written before.
  std::function<Result<bool>(Store&, std::uint64_t)> after_batch;
  // How many of the last acknowledged batches may be missing: 0 if ok means durable. A batch that
  // after_batch made durable may never be missing.
  std::uint64_t may_lose = 0;
  // If it is not 0, the batch with this number and each multiple of it replaces all entries
  // (Store::replace()) instead of changing some.
  std::uint64_t replace_every = 0;
};

struct CrashReport {
  std::uint64_t calls = 0;            // that changed the disk
  std::uint64_t recoveries = 0;       // that were checked
  std::vector<std::string> failures;  // at most ten; each says how to repeat it
};

// All kinds of power cuts that the exploration tries.
std::vector<env::PowerCut> power_cuts(std::uint64_t seed);

CrashReport explore_crashes(const CrashExploration& exploration);

}  // namespace strata::testing
