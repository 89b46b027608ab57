// The workloads: the classic ones of db_bench, and YCSB's core workloads A to F.
//
// A workload is a row of a table, not a class. worker.cc says what a worker does for each kind of
// task, and a mix is described by its percentages alone. Thread-safety: the table never changes.
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

// What the store must have before the clock starts.
enum class Start {
  kFresh,   // nothing
  kFilled,  // any keys: the store is filled if it has none
  kWhole,   // all keys: the store is filled if any is missing
};

// The percentages of the operations in a mix. They add up to 100.
struct Mix {
  unsigned read = 0;
  unsigned update = 0;
  unsigned insert = 0;
  unsigned scan = 0;
  unsigned read_modify_write = 0;
  bool latest = false;  // true: the newest keys are popular; false: scrambled Zipfian
};

struct Workload {
  std::string_view name;
  std::string_view summary;
  Task task;
  Start start;
  Mix mix = {};
  bool always_synced = false;  // true: it ignores --sync and syncs each write

  bool writes() const;
};

// All workloads, in the order in which --list prints them.
std::span<const Workload> workloads();

// kInvalidArgument for an unknown name. The message lists the known ones.
Result<const Workload*> find_workload(std::string_view name);

}  // namespace strata::workload
