#include "ring_sim/settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <ranges>

#include "base/text.h"
#include "ring_sim/schemes.h"

namespace strata::hashing {
namespace {

constexpr std::array<std::string_view, 5> kTables{"balance", "moves", "lookup", "points", "quorum"};
constexpr std::uint64_t kMostServersOfQuorum = 2'000;  // it has a figure for each pair
constexpr std::uint64_t kMostInAll = 10'000'000;       // virtual nodes of a ring
constexpr std::uint64_t kIdsOfASeed = 1'000'000;
static_assert(kMostServers < kIdsOfASeed);

Result<void> check_word(std::span<const std::string_view> words, std::string_view word) {
  if (std::ranges::find(words, word) != words.end()) return {};
  return invalid_argument(
      fmt::format("'{}' is not one of {}", one_line(word), fmt::join(words, ", ")));
}

}  // namespace

std::span<const std::string_view> table_names() { return kTables; }

Result<void> parse_table(std::string_view word) { return check_word(kTables, word); }

Result<std::vector<std::string>> parse_schemes(std::string_view text) {
  const auto names = scheme_names();
  if (text == "all") return std::vector<std::string>(names.begin(), names.end());
  std::vector<std::string> schemes;
  for (const auto part : text | std::views::split(',')) {
    schemes.emplace_back(part.begin(), part.end());
    STRATA_TRY(check_word(names, schemes.back()));
  }
  return schemes;
}

std::vector<std::uint32_t> default_virtual_nodes(std::string_view table) {
  if (table == "points") return {1, 10, 50, 100, 150, 200, 250, 500, 1000};
  if (table == "quorum") return {1, 2, 5, 10, 20, 50, 100, 150};
  return {kVirtualNodes};
}

Result<void> check_settings(const Settings& settings) {
  const bool takes_a_list = settings.table == "points" || settings.table == "quorum";
  if (!takes_a_list && settings.virtual_nodes.size() > 1)
    return invalid_argument(
        fmt::format("--table {} takes one number of --virtual-nodes", settings.table));
  if (settings.servers * std::ranges::max(settings.virtual_nodes) > kMostInAll)
    return invalid_argument(
        fmt::format("--servers times --virtual-nodes is more than {}", kMostInAll));
  if (settings.table == "moves" && settings.servers < 2)
    return invalid_argument("--table moves needs at least 2 servers, so that one can leave");
  if (settings.table == "quorum" &&
      (settings.servers < 3 || settings.servers > kMostServersOfQuorum))
    return invalid_argument(
        fmt::format("--table quorum needs from 3 to {} servers", kMostServersOfQuorum));
  return {};
}

std::vector<Member> members_of(const Settings& settings) {
  std::vector<Member> members;
  for (std::uint64_t place = 0; place < settings.servers; ++place)
    members.push_back({.id = ServerId(settings.seed * kIdsOfASeed + place)});
  return members;
}

std::size_t place_of(const Settings& settings, ServerId server) {
  return server.value() - settings.seed * kIdsOfASeed;
}

}  // namespace strata::hashing
