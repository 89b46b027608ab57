#include "ring_sim/balance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "env/random.h"
#include "ring_sim/schemes.h"

namespace strata::hashing {
namespace {

constexpr std::string_view kBars = "bars: how far max/mean is above 1";

// With v virtual nodes, a server's share deviates from the mean by about 1 / sqrt(v) of it. The
// largest of n such shares is about sqrt(2 ln n) deviations above the mean.
double expected_max_over_mean(std::uint64_t servers, std::uint32_t virtual_nodes) {
  return 1 + std::sqrt(2 * std::log(static_cast<double>(servers)) / virtual_nodes);
}

struct RingFigures {
  double max_over_mean = 0;  // the mean of all rings
  double worst = 0;          // of the ring that has the highest one
  double deviation = 0;      // the mean of all rings
  std::size_t memory_bytes = 0;
};

// Each ring has other servers. The fullest of them is a matter of luck, so one ring tells little.
RingFigures mean_figures(Settings settings, std::uint32_t virtual_nodes) {
  RingFigures figures;
  const auto rings = static_cast<double>(settings.rings);
  for (std::uint64_t round = 0; round < settings.rings; ++round, ++settings.seed) {
    const Ring ring(members_of(settings), virtual_nodes);
    const Balance balance = balance_of(shares_of(ring));
    figures.max_over_mean += balance.max_over_mean / rings;
    figures.worst = std::max(figures.worst, balance.max_over_mean);
    figures.deviation += balance.deviation / rings;
    figures.memory_bytes = ring.memory_bytes();
  }
  return figures;
}

std::string three_digits(double number) { return fmt::format("{:.3f}", number); }
std::string percent(double share) { return fmt::format("{:.2f}", share * 100); }

}  // namespace

Balance balance_of(std::span<const double> loads) {
  const auto count = static_cast<double>(loads.size());
  const double mean = std::accumulate(loads.begin(), loads.end(), 0.0) / count;
  double squares = 0;
  for (const double load : loads) squares += (load - mean) * (load - mean);
  return {.max_over_mean = std::ranges::max(loads) / mean,
          .min_over_mean = std::ranges::min(loads) / mean,
          .deviation = std::sqrt(squares / count) / mean};
}

std::vector<double> count_keys(std::string_view scheme, const Settings& settings) {
  Scheme placed = make_scheme(scheme, members_of(settings), settings);
  std::vector<double> counts(settings.servers);
  env::Random points(settings.seed);
  for (std::uint64_t key = 0; key < settings.keys; ++key)
    ++counts[place_of(settings, placed.place(points.next()))];
  return counts;
}

std::vector<double> shares_of(const Ring& ring) {
  std::map<ServerId, double> shares;
  for (const Member& member : ring.members()) shares[member.id] = 0;
  for (const OwnedRange& part : ring.ranges()) shares[part.owner] += share_of(part.range);
  std::vector<double> in_order;
  for (const auto& [server, share] : shares) in_order.push_back(share);
  return in_order;
}

Table balance_table(const Settings& settings) {
  Table table{.title = fmt::format("Balance: {} keys on {} servers, {} virtual nodes each, seed {}",
                                   settings.keys, settings.servers, settings.virtual_nodes.front(),
                                   settings.seed),
              .columns = {{"scheme", false}, {"max/mean"}, {"min/mean"}, {"deviation %"}},
              .bar_column = 1,
              .bars_from = 1,
              .note = std::string(kBars)};
  for (const std::string& scheme : settings.schemes) {
    const Balance balance = balance_of(count_keys(scheme, settings));
    table.rows.push_back({scheme, three_digits(balance.max_over_mean),
                          three_digits(balance.min_over_mean), percent(balance.deviation)});
  }
  return table;
}

Table points_table(const Settings& settings) {
  Table table{
      .title = fmt::format("Shares of the circle: {} servers; means of {} rings, from seed {}",
                           settings.servers, settings.rings, settings.seed),
      .columns = {{"virtual nodes"},
                  {"max/mean"},
                  {"worst ring"},
                  {"expected"},
                  {"deviation %"},
                  {"memory KiB"}},
      .bar_column = 1,
      .bars_from = 1,
      .note = fmt::format("{}\nexpected: 1 + sqrt(2 ln(servers) / virtual nodes)", kBars)};
  for (const std::uint32_t virtual_nodes : settings.virtual_nodes) {
    const RingFigures figures = mean_figures(settings, virtual_nodes);
    table.rows.push_back({fmt::format("{}", virtual_nodes), three_digits(figures.max_over_mean),
                          three_digits(figures.worst),
                          three_digits(expected_max_over_mean(settings.servers, virtual_nodes)),
                          percent(figures.deviation),
                          fmt::format("{}", figures.memory_bytes / 1024)});
  }
  return table;
}

}  // namespace strata::hashing
