#include "testing/crash_explorer.h"

#include <fmt/format.h>

#include <deque>

namespace strata::testing {
namespace {

constexpr std::size_t kMaxFailures = 10;

class Explorer {
 public:
  explicit Explorer(const CrashExploration& plan) : plan_(plan), random_(plan.seed) {}

  CrashReport run();

 private:
  void run_trace();
  void power_goes();
  void check_recovery(env::SimulatedFileSystem& disk, const std::string& story, bool cut_again);
  void fail(const std::string& story, std::string_view what);

  const CrashExploration& plan_;
  env::Random random_;
  env::SimulatedFileSystem disk_;
  // What the disk may hold, oldest first: the states that may_lose allows, the last one
  // acknowledged, and the one under way.
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
    const WriteBatch batch = random_batch(random_, number, plan_.shape);
    Model next = allowed_.back();
    apply(batch, next);
    allowed_.push_back(std::move(next));
    if (const auto written = (*store)->write(batch); !written)
      return fail(fmt::format("batch {}", number), written.error().message);
    while (allowed_.size() > plan_.may_lose + 1) allowed_.pop_front();
    if (!plan_.after_batch) continue;
    if (const auto done = plan_.after_batch(**store, number); !done)
      return fail(fmt::format("after batch {}", number), done.error().message);
  }
  if (const auto closed = (*store)->close(); !closed) fail("closing", closed.error().message);
}

void Explorer::power_goes() {
  ++report_.calls;
  for (const env::PowerCut& cut : power_cuts(plan_.seed + report_.calls)) {
    const auto disk = disk_.after_power_cut(cut);
    check_recovery(*disk, fmt::format("call {}, {}", report_.calls, cut.describe()), true);
  }
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
      check_recovery(*again, fmt::format("{}, then again at call {} of the recovery", story, call++),
                     false);
    });
  }
  const auto store = plan_.open(disk);
  if (!store) return fail(story, store.error().message);
  disk.on_change(nullptr);
  const auto found = contents_of(**store);
  if (!found) return fail(story, found.error().message);
  for (const Model& state : allowed_)
    if (*found == state) return;
  fail(story, difference(allowed_.front(), *found));
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
