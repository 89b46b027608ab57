#include "workload/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

namespace strata::workload {
namespace {

using Group = std::vector<const Measurement*>;  // one workload on one store; never empty

// The groups, ordered by workload and then by store.
std::vector<Group> groups_of(const std::vector<Measurement>& measurements) {
  std::vector<Group> groups;
  for (const Measurement& each : measurements) {
    const auto same = [&](const Group& group) {
      return group.front()->step == each.step && group.front()->store == each.store;
    };
    const auto found = std::ranges::find_if(groups, same);
    if (found == groups.end())
      groups.push_back({&each});
    else
      found->push_back(&each);
  }
  std::ranges::stable_sort(groups, {}, [](const Group& group) { return group.front()->step; });
  return groups;
}

const Measurement& middle_of(Group group) {
  std::ranges::sort(group, {}, [](const Measurement* m) { return m->operations_per_second(); });
  return *group[(group.size() - 1) / 2];
}

Histogram latencies_of(const Group& group) {
  Histogram all;
  for (const Measurement* each : group) all.merge(each->tally.latency);
  return all;
}

// 1,234,567
std::string grouped(double value) {
  std::string digits = fmt::format("{:.0f}", value);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

// Three digits and a unit.
std::string short_text(std::chrono::nanoseconds time) {
  auto value = static_cast<double>(time.count());
  for (const char* unit : {"ns", "us", "ms"}) {
    if (value < 999.5) return fmt::format("{:.3g}{}", value, unit);
    value /= 1000;
  }
  return fmt::format("{:.3g}s", value);
}

std::string row(const Group& group) {
  const Measurement& middle = middle_of(group);
  const Histogram latency = latencies_of(group);
  std::string text = fmt::format("{:<16} {:<9}{:>11} {:>7.1f} {:>8.3f}", middle.workload,
                                 middle.store, grouped(middle.operations_per_second()),
                                 middle.megabytes_per_second(), middle.seconds());
  for (const double percent : {50.0, 95.0, 99.0, 99.9})
    text += fmt::format("{:>7}", short_text(latency.percentile(percent)));
  text += fmt::format("{:>7}", short_text(latency.max()));
  if (middle.syncs_per_write) text += fmt::format("{:>9.3f}", *middle.syncs_per_write);
  return text + "\n";
}

}  // namespace

std::vector<Ratio> ratios(const std::vector<Measurement>& measurements,
                          const std::string& baseline) {
  std::vector<Ratio> result;
  const auto groups = groups_of(measurements);
  for (const Group& group : groups) {
    const Measurement& first = *group.front();
    Ratio ratio{.step = first.step, .workload = first.workload, .store = first.store};
    const auto against = std::ranges::find_if(groups, [&](const Group& other) {
      return other.front()->step == first.step && other.front()->store == baseline;
    });
    if (first.store == baseline || against == groups.end()) continue;
    for (const auto* mine : group)
      for (const auto* theirs : *against)
        if (mine->round == theirs->round && !mine->skipped && !theirs->skipped)
          ratio.rounds.push_back(mine->operations_per_second() / theirs->operations_per_second());
    if (!ratio.rounds.empty()) result.push_back(std::move(ratio));
  }
  return result;
}

std::string describe(const Settings& settings) {
  return fmt::format("{} keys of {} B, values of {} B, {} {}, sync={}, seed {}, {} {}\n",
                     settings.num, settings.key_size, settings.value_size, settings.threads,
                     settings.threads == 1 ? "thread" : "threads", name_of(settings.sync),
                     settings.seed, settings.rounds, settings.rounds == 1 ? "round" : "rounds");
}

std::string table(const std::vector<Measurement>& measurements) {
  std::string text = fmt::format("{:<16} {:<9}{:>11}{:>8}{:>9}{:>7}{:>7}{:>7}{:>7}{:>7}{:>9}\n",
                                 "workload", "store", "ops/s", "MB/s", "seconds", "p50", "p95",
                                 "p99", "p99.9", "max", "syncs/op");
  std::string notes;
  for (const Group& group : groups_of(measurements)) {
    const bool skipped = group.front()->skipped;
    const Measurement& shown = skipped ? *group.front() : middle_of(group);
    if (!skipped) text += row(group);
    if (!shown.note.empty())
      notes += fmt::format("{}, {}: {}\n", shown.workload, shown.store, shown.note);
  }
  return text + notes;
}

std::string ratio_table(const std::vector<Ratio>& ratios, const std::string& baseline) {
  std::string text = fmt::format("\nops/s over {}'s, by rounds\n{:<16} {:<9}{:>9}{:>9}{:>9}\n",
                                 baseline, "workload", "store", "median", "least", "most");
  for (const Ratio& ratio : ratios)
    text += fmt::format("{:<16} {:<9} {:>8.3f} {:>8.3f} {:>8.3f}\n", ratio.workload, ratio.store,
                        median(ratio.rounds), std::ranges::min(ratio.rounds),
                        std::ranges::max(ratio.rounds));
  return text;
}

std::string distributions(const std::vector<Measurement>& measurements) {
  std::string text;
  for (const Group& group : groups_of(measurements)) {
    const Histogram latency = latencies_of(group);
    if (latency.count() == 0) continue;
    text += fmt::format("\n{}, {}: mean {}\n", group.front()->workload, group.front()->store,
                        short_text(latency.mean()));
    latency.for_each_power_of_two([&](std::chrono::nanoseconds from, std::uint64_t count) {
      const double share = static_cast<double>(count) / static_cast<double>(latency.count());
      text += fmt::format("  from {:>6}{:>13}{:>8.3f} % {}\n", short_text(from), count, share * 100,
                          std::string(static_cast<std::size_t>(share * 50), '#'));
    });
  }
  return text;
}

}  // namespace strata::workload
