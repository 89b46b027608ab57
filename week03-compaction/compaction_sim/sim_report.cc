#include "compaction_sim/sim_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <vector>

namespace strata::compaction {
namespace {

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::vector<std::size_t> levels_in_use(const std::vector<SimSample>& samples) {
  std::vector<std::size_t> used{0};
  for (std::size_t level = 1; level < lsm::kLevels; ++level)
    if (std::ranges::any_of(samples, [&](const auto& s) { return s.levels[level].tables > 0; }))
      used.push_back(level);
  return used;
}

std::string mebibytes(std::uint64_t bytes) {
  return fmt::format("{:.1f}M", static_cast<double>(bytes) / (1 << 20));
}

// A row of the table of figures.
struct Row {
  std::string_view name;
  std::function<std::string(const SimFigures&)> value;
};

std::vector<Row> rows() {
  const auto twice = [](double SimFigures::* figure) {
    return [=](const SimFigures& figures) { return fmt::format("{:.2f}", figures.*figure); };
  };
  const auto time = [](std::chrono::nanoseconds SimFigures::* figure) {
    return [=](const SimFigures& figures) {
      return fmt::format("{:.1f} s", seconds(figures.*figure));
    };
  };
  const auto count = [](std::uint64_t SimFigures::* figure) {
    return [=](const SimFigures& figures) { return fmt::format("{}", figures.*figure); };
  };
  return {{"write amplification", twice(&SimFigures::write_amplification)},
          {"tables a get asks", twice(&SimFigures::tables_asked)},
          {"  with filters", twice(&SimFigures::tables_asked_filtered)},
          {"space amplification", twice(&SimFigures::space_amplification)},
          {"  at its highest", twice(&SimFigures::peak_space)},
          {"time", time(&SimFigures::time)},
          {"  stalled", time(&SimFigures::stalled)},
          {"flushes", count(&SimFigures::flushes)},
          {"compactions", count(&SimFigures::compactions)},
          {"moves", count(&SimFigures::moves)}};
}

}  // namespace

std::string levels_text(std::string_view policy, const SimResult& result) {
  const auto used = levels_in_use(result.samples);
  std::string text = fmt::format("{}: tables and bytes of each level\n", policy);
  text += fmt::format("{:>10} {:>11} {:>10}", "time", "operations", "stalled");
  for (const std::size_t level : used)
    text += fmt::format("  {:>13}", fmt::format("level {}", level));
  text += '\n';
  for (const SimSample& sample : result.samples) {
    text += fmt::format("{:>8.1f} s {:>11} {:>8.1f} s", seconds(sample.time), sample.operations,
                        seconds(sample.stalled));
    for (const std::size_t level : used)
      text += fmt::format("  {:>5} {:>7}", sample.levels[level].tables,
                          mebibytes(sample.levels[level].bytes));
    text += '\n';
  }
  return text;
}

std::string figures_text(std::span<const NamedFigures> all) {
  std::string text = fmt::format("{:<22}", "");
  for (const auto& [policy, figures] : all) text += fmt::format("{:>12}", policy);
  text += '\n';
  for (const Row& row : rows()) {
    text += fmt::format("{:<22}", row.name);
    for (const auto& [policy, figures] : all) text += fmt::format("{:>12}", row.value(figures));
    text += '\n';
  }
  return text;
}

}  // namespace strata::compaction
