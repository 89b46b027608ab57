// Cuts the power at every call that a store makes to its disk, and looks at what comes
// back.
//
// A trace of random batches runs on a simulated disk. After each call that changes the
// disk, for each way in which a power cut may treat unsynced data, the disk is copied as it
// would be found, the store opened on the copy, and its contents compared: they must be
// those after the batches acknowledged so far, or after one more that was under way. Then
// the power is cut again during that recovery, at each of its calls, and behind the first
// write to the recovered store, which must be there as well. The disk is looked at once
// more when a batch has been acknowledged, before the next call.
//
// At each of those calls the process may also die without the power going: the next one
// then finds everything, nothing of it any safer, and the power goes during its recovery.
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
  // Called after each batch, with its number; say, to make a checkpoint. Returns whether
  // it has made durable all that was written before.
  std::function<Result<bool>(Store&, std::uint64_t)> after_batch;
  // How many batches behind the last acknowledged one may be missing: 0 where ok means
  // durable. None that after_batch made durable may be.
  std::uint64_t may_lose = 0;
};

struct CrashReport {
  std::uint64_t calls = 0;            // that changed the disk
  std::uint64_t recoveries = 0;       // that were checked
  std::vector<std::string> failures;  // at most ten, each with the way to see it again
};

// Every way to cut that the exploration tries.
std::vector<env::PowerCut> power_cuts(std::uint64_t seed);

CrashReport explore_crashes(const CrashExploration& exploration);

}  // namespace strata::testing
