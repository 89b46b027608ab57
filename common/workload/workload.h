// What there is to run: db_bench's classics and YCSB's core workloads A to F.
//
// A workload is a row of a table, not a class: what a worker does for each kind of task
// stands in worker.cc, and a mix is nothing but its shares.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"

namespace strata::workload {

enum class Task {
  kFillInOrder,
  kFillShuffled,
  kOverwrite,
  kReadRandom,
  kReadMissing,
  kReadInOrder,
  kSeek,
  kReadWhileWriting,
  kDelete,
  kMix,
  kReopenAfterCrash,
};

// What must be there before the clock starts.
enum class Start {
  kFresh,   // an empty store
  kFilled,  // something: the store is loaded if it holds no key
  kWhole,   // every key: the store is loaded if it lacks any
};

// Percent of the operations of a mix. They add up to 100.
struct Mix {
  unsigned read = 0;
  unsigned update = 0;
  unsigned insert = 0;
  unsigned scan = 0;
  unsigned read_modify_write = 0;
  bool latest = false;  // the newest keys are the popular ones, else scrambled zipfian
};

struct Workload {
  std::string_view name;
  std::string_view summary;
  Task task;
  Start start;
  Mix mix = {};
  bool always_synced = false;  // whatever --sync says

  bool writes() const;
};

// In the order in which they are listed.
std::span<const Workload> workloads();

// kInvalidArgument, naming those there are.
Result<const Workload*> find_workload(std::string_view name);

}  // namespace strata::workload
