#include "testing/crash_explorer.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <set>
#include <utility>

namespace strata::testing {
namespace {

constexpr std::size_t kMaxFailures = 10;

class Explorer {
 public:
  explicit Explorer(const CrashExploration& plan) : plan_(plan), random_(plan.seed) {}

  CrashReport run();

 private:
  // How the power was cut, and the disk that is left.
  using FoundDisk = std::pair<std::string, std::unique_ptr<env::SimulatedFileSystem>>;

  void run_trace();
  Result<void> write(Store& store, std::uint64_t number);
  std::vector<FoundDisk> disks_after_power_cuts() const;
  void power_goes();
  void power_goes_between_calls();
  void process_dies();
  void check_recovery(env::SimulatedFileSystem& disk, const std::string& story, bool cut_again);
  void check_next_write(const env::SimulatedFileSystem& disk, Store& store, Model expected,
                        const std::string& story);
  void fail(const std::string& story, std::string_view what);

  const CrashExploration& plan_;
  env::Random random_;
  env::SimulatedFileSystem disk_;
  // The states that the disk may have, oldest first: those that may_lose allows, the one after the
  // last acknowledged batch, and the one after the batch that is being written.
  std::deque<Model> allowed_{Model{}};
  CrashReport report_;
};

CrashReport Explorer::run() {
  disk_.on_change([this] { power_goes(); });
  run_trace();
  disk_.on_change(nullptr);
  return std::move(report_);
}

void Explorer::run_trace() {
  auto store = plan_.open(disk_);
  if (!store) return fail("opening a new store", store.error().message);
  for (std::uint64_t number = 0; number < plan_.batches; ++number) {
    if (const auto written = write(**store, number); !written)
      return fail(fmt::format("batch {}", number), written.error().message);
    (*store)->check_invariants();
    while (allowed_.size() > plan_.may_lose + 1) allowed_.pop_front();
    power_goes_between_calls();
    if (!plan_.after_batch) continue;
    const auto durable = plan_.after_batch(**store, number);
    if (!durable) return fail(fmt::format("after batch {}", number), durable.error().message);
    if (!*durable) continue;
    allowed_.erase(allowed_.begin(), allowed_.end() - 1);
    power_goes_between_calls();
  }
  if (const auto closed = (*store)->close(); !closed) fail("closing", closed.error().message);
}

// The batch with this number, or the replacement.
Result<void> Explorer::write(Store& store, std::uint64_t number) {
  const WriteBatch batch = random_batch(random_, number, plan_.shape);
  const bool replaces = plan_.replace_every != 0 && number % plan_.replace_every == 0;
  Model next = replaces ? Model{{fmt::format("only{}", number), "replaced"}} : allowed_.back();
  apply(batch, next);
  allowed_.push_back(next);
  if (!replaces) return store.write(batch);
  ListCursor entries({next.begin(), next.end()});
  return store.replace(entries);
}

// If nothing is unsynced, all cuts leave the same disk, and checking one of them is enough.
std::vector<Explorer::FoundDisk> Explorer::disks_after_power_cuts() const {
  std::vector<FoundDisk> found;
  std::set<std::uint64_t> seen;
  for (const env::PowerCut& cut : power_cuts(plan_.seed + report_.calls)) {
    auto disk = disk_.after_power_cut(cut);
    if (seen.insert(disk->fingerprint()).second)
      found.emplace_back(cut.describe(), std::move(disk));
  }
  return found;
}

void Explorer::power_goes() {
  ++report_.calls;
  for (const auto& [how, disk] : disks_after_power_cuts())
    check_recovery(*disk, fmt::format("call {}, {}", report_.calls, how), true);
  process_dies();
}

// If the next process has shown a write, a later power cut must not lose it.
void Explorer::process_dies() {
  const auto disk = disk_.after_process_death();
  const std::string story = fmt::format("call {}, the process dies", report_.calls);
  std::uint64_t call = 0;
  const auto cut_power = [&](std::string_view when) {
    for (const env::Unsynced names : {env::Unsynced::kLost, env::Unsynced::kSubset}) {
      const env::PowerCut cut{.data = names, .names = names, .seed = plan_.seed + call};
      const auto found = disk->after_power_cut(cut);
      check_recovery(*found, fmt::format("{}, then {}, {}", story, when, cut.describe()), false);
    }
  };
  disk->on_change([&] { cut_power(fmt::format("at call {} of the recovery", call++)); });
  const auto store = plan_.open(*disk);
  disk->on_change(nullptr);
  if (!store) return fail(story, store.error().message);
  const auto shown = contents_of(**store);
  if (!shown) return fail(story, shown.error().message);
  // In every mode, an acknowledged write survives the death of the process.
  const Model& acknowledged = allowed_.size() < 2 ? allowed_.back() : *(allowed_.rbegin() + 1);
  if (*shown != allowed_.back() && *shown != acknowledged)
    return fail(story, difference(acknowledged, *shown));
  if (plan_.may_lose == 0) {
    const std::deque<Model> before = std::exchange(allowed_, {*shown});
    cut_power("behind the recovery");
    allowed_ = before;
  }
}

// An acknowledged batch must be on the disk at once, not only after the next call.
void Explorer::power_goes_between_calls() {
  for (const auto& [how, disk] : disks_after_power_cuts())
    check_recovery(*disk, fmt::format("after call {}, {}", report_.calls, how), false);
}

void Explorer::check_recovery(env::SimulatedFileSystem& disk, const std::string& story,
                              bool cut_again) {
  if (report_.failures.size() >= kMaxFailures) return;
  ++report_.recoveries;
  if (cut_again) {
    disk.on_change([&, call = std::uint64_t{0}]() mutable {
      const env::PowerCut cut{.data = env::Unsynced::kSubset,
                              .names = env::Unsynced::kSubset,
                              .seed = plan_.seed + report_.recoveries};
      const auto again = disk.after_power_cut(cut);
      check_recovery(
          *again, fmt::format("{}, then again at call {} of the recovery", story, call++), false);
    });
  }
  const auto store = plan_.open(disk);
  if (!store) return fail(story, store.error().message);
  disk.on_change(nullptr);
  (*store)->check_invariants();
  auto found = contents_of(**store);
  if (!found) return fail(story, found.error().message);
  if (std::ranges::find(allowed_, *found) == allowed_.end())
    return fail(story, difference(allowed_.front(), *found));
  if (cut_again && plan_.may_lose == 0) check_next_write(disk, **store, *std::move(found), story);
}

// The recovered store must work: the next write must survive a power cut, too.
void Explorer::check_next_write(const env::SimulatedFileSystem& disk, Store& store, Model expected,
                                const std::string& story) {
  const std::string again = story + ", then a write and a cut that loses all unsynced";
  if (const auto written = store.put("after", "recovery"); !written)
    return fail(again, written.error().message);
  expected.insert_or_assign("after", "recovery");
  const auto found_disk = disk.after_power_cut({});
  const auto reopened = plan_.open(*found_disk);
  if (!reopened) return fail(again, reopened.error().message);
  const auto found = contents_of(**reopened);
  if (!found) return fail(again, found.error().message);
  if (*found != expected) fail(again, difference(expected, *found));
}

void Explorer::fail(const std::string& story, std::string_view what) {
  if (report_.failures.size() < kMaxFailures)
    report_.failures.push_back(fmt::format("seed {}: {}: {}", plan_.seed, story, what));
}

}  // namespace

std::vector<env::PowerCut> power_cuts(std::uint64_t seed) {
  using env::Unsynced;
  return {
      {.data = Unsynced::kKept, .names = Unsynced::kKept},
      {.data = Unsynced::kKept, .names = Unsynced::kLost},
      {.data = Unsynced::kLost, .names = Unsynced::kKept},
      {.data = Unsynced::kLost, .names = Unsynced::kLost},
      {.data = Unsynced::kSubset, .names = Unsynced::kSubset, .sector_bytes = 512, .seed = seed},
      {.data = Unsynced::kSubset, .names = Unsynced::kLost, .sector_bytes = 512, .seed = ~seed},
      {.data = Unsynced::kSubset, .names = Unsynced::kSubset, .sector_bytes = 4096, .seed = seed},
  };
}

CrashReport explore_crashes(const CrashExploration& exploration) {
  return Explorer(exploration).run();
}

}  // namespace strata::testing
