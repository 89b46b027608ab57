#include "workload/workload.h"

#include <array>
#include <string>

namespace strata::workload {
namespace {

constexpr auto kWorkloads = std::to_array<Workload>({
    {"fillseq", "write every key once, in order", Task::kFillInOrder, Start::kFresh},
    {"fillrandom", "write every key once, in random order", Task::kFillShuffled, Start::kFresh},
    {"fillsync",
     "fillrandom of num/100 keys, each made durable (--sync=always)",
     Task::kFillShuffled,
     Start::kFresh,
     {},
     true},
    {"overwrite", "write random keys that are there", Task::kOverwrite, Start::kWhole},
    {"readrandom", "read random keys", Task::kReadRandom, Start::kFilled},
    {"readmissing", "read random keys that are not there", Task::kReadMissing, Start::kFilled},
    {"readseq", "scan everything in order; an entry is an operation", Task::kReadInOrder,
     Start::kFilled},
    {"seekrandom", "seek to a random key and read ten entries", Task::kSeek, Start::kFilled},
    {"readwhilewriting", "readrandom beside one more thread that overwrites; the reads count",
     Task::kReadWhileWriting, Start::kWhole},
    {"deleterandom", "delete random keys", Task::kDelete, Start::kFilled},
    {"crash_reopen", "fill, kill the process, time the opening of what it left",
     Task::kReopenAfterCrash, Start::kFresh},
    {"ycsba", "50 % read, 50 % update", Task::kMix, Start::kWhole, {.read = 50, .update = 50}},
    {"ycsbb", "95 % read, 5 % update", Task::kMix, Start::kWhole, {.read = 95, .update = 5}},
    {"ycsbc", "100 % read", Task::kMix, Start::kWhole, {.read = 100}},
    {"ycsbd",
     "95 % read of the latest, 5 % insert",
     Task::kMix,
     Start::kWhole,
     {.read = 95, .insert = 5, .latest = true}},
    {"ycsbe",
     "95 % scan of 1 to 100 entries, 5 % insert",
     Task::kMix,
     Start::kWhole,
     {.insert = 5, .scan = 95}},
    {"ycsbf",
     "50 % read, 50 % read-modify-write",
     Task::kMix,
     Start::kWhole,
     {.read = 50, .read_modify_write = 50}},
});

constexpr bool adds_up(const Workload& workload) {
  const Mix& mix = workload.mix;
  const unsigned sum = mix.read + mix.update + mix.insert + mix.scan + mix.read_modify_write;
  return sum == (workload.task == Task::kMix ? 100 : 0);
}
static_assert([] {
  for (const Workload& workload : kWorkloads)
    if (!adds_up(workload)) return false;
  return true;
}());

}  // namespace

bool Workload::writes() const {
  switch (task) {
    case Task::kFillInOrder:
    case Task::kFillShuffled:
    case Task::kOverwrite:
    case Task::kReadWhileWriting:
    case Task::kDelete:
      return true;
    case Task::kMix:
      return mix.update + mix.insert + mix.read_modify_write > 0;
    case Task::kReadRandom:
    case Task::kReadMissing:
    case Task::kReadInOrder:
    case Task::kSeek:
    case Task::kReopenAfterCrash:
      return false;
  }
  return false;
}

std::span<const Workload> workloads() { return kWorkloads; }

Result<const Workload*> find_workload(std::string_view name) {
  std::string known;
  for (const Workload& workload : kWorkloads) {
    if (workload.name == name) return &workload;
    known += (known.empty() ? "" : ", ") + std::string(workload.name);
  }
  return invalid_argument("unknown workload '" + std::string(name) + "'; there are: " + known);
}

}  // namespace strata::workload
