// week05-ring-sim: compares ways to place keys on servers. See --help.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <ranges>

#include "ring_sim/balance.h"
#include "ring_sim/lookup.h"
#include "ring_sim/moves.h"
#include "ring_sim/quorum.h"
#include "ring_sim/schemes.h"
#include "shell/disk_stage.h"
#include "shell/output.h"
#include "shell/program.h"

namespace strata::hashing {
namespace {

Result<std::vector<std::uint32_t>> parse_virtual_nodes(std::string_view text) {
  std::vector<std::uint32_t> numbers;
  for (const auto part : text | std::views::split(',')) {
    const std::string_view word(part.begin(), part.end());
    STRATA_TRY(shell::number_between(1, kMostVirtualNodes)(word));
    STRATA_TRY(const std::uint64_t number, shell::parse_count(word));
    numbers.push_back(static_cast<std::uint32_t>(number));
  }
  return numbers;
}

std::vector<shell::Option> options() {
  using shell::accepted_by;
  using shell::number_between;
  return {
      {"table", fmt::format("{}", fmt::join(table_names(), "|")), "balance",
       "balance: keys of each server. moves: keys that move when a server joins or leaves. lookup: "
       "time and memory (the times are measured: they differ from run to run). points: balance of "
       "the ring by number of virtual nodes. quorum: pairs of servers whose loss takes away a "
       "quorum, with 3 copies of each key",
       accepted_by(parse_table)},
      {"scheme", "NAME[,NAME...]|all", "all",
       fmt::format("of balance, moves and lookup: {}", fmt::join(scheme_names(), ", ")),
       accepted_by(parse_schemes)},
      {"servers", "N", "10", "how many there are", number_between(1, kMostServers)},
      {"virtual-nodes", "N[,N...]", "",
       "of a server on the ring; 150 if not given. points and quorum: one row for each number",
       accepted_by(parse_virtual_nodes)},
      {"keys", "N", "1000000",
       "how many there are. Their points come from a fast generator of random numbers: hashing "
       "texts would take longer, and the points would be no more even",
       number_between(1, 1'000'000'000)},
      {"rings", "N", "5", "of points: each row is the mean of so many rings",
       number_between(1, 1000)},
      {"slack", "PERCENT", "10", "of bounded: how far above the mean a server may be",
       number_between(1, 1000)},
      {"seed", "N", "1", "of the servers' ids and of the keys", number_between(0, kMostSeed)},
      {"format", "text|csv|json", "text", "of the table", accepted_by(parse_format)}};
}

// Requires: the options have passed their checks.
Result<Settings> settings_of(const shell::OptionValues& values) {
  Settings settings;
  settings.table = values.at("table");
  STRATA_TRY(settings.schemes, parse_schemes(values.at("scheme")));
  STRATA_TRY(settings.servers, shell::parse_count(values.at("servers")));
  const std::string& virtual_nodes = values.at("virtual-nodes");
  settings.virtual_nodes = default_virtual_nodes(settings.table);
  if (!virtual_nodes.empty()) {
    STRATA_TRY(settings.virtual_nodes, parse_virtual_nodes(virtual_nodes));
  }
  STRATA_TRY(settings.keys, shell::parse_count(values.at("keys")));
  STRATA_TRY(settings.rings, shell::parse_count(values.at("rings")));
  STRATA_TRY(const std::uint64_t percent, shell::parse_count(values.at("slack")));
  settings.slack = static_cast<double>(percent) / 100;
  STRATA_TRY(settings.seed, shell::parse_count(values.at("seed")));
  STRATA_TRY(check_settings(settings));
  return settings;
}

Table table_of(const Settings& settings) {
  if (settings.table == "moves") return moves_table(settings);
  if (settings.table == "lookup") return lookup_table(settings, env::system_clock());
  if (settings.table == "points") return points_table(settings);
  if (settings.table == "quorum") return quorum_table(settings);
  return balance_table(settings);
}

Result<int> run(const shell::OptionValues& values) {
  STRATA_TRY(const Settings settings, settings_of(values));
  STRATA_TRY(const Format format, parse_format(values.at("format")));
  shell::Output out(STDOUT_FILENO);
  out.text(formatted(table_of(settings), format));
  if (const auto flushed = out.flush(); !flushed && !out.reader_gone()) return flushed.error();
  return 0;
}

}  // namespace
}  // namespace strata::hashing

int main(int argc, char** argv) {
  const strata::shell::Program program{
      .name = "week05-ring-sim",
      .summary = "Compares ways to place keys on servers. It stores nothing: it counts.",
      .example = "week05-ring-sim --table moves --servers 100 --scheme ring,jump,modulo",
      .options = strata::hashing::options()};
  return strata::shell::run_program(argc, argv, program, &strata::hashing::run);
}
