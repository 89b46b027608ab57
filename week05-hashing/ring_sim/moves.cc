#include "ring_sim/moves.h"

#include <fmt/format.h>

#include <algorithm>

#include "env/random.h"
#include "ring_sim/schemes.h"

namespace strata::hashing {
namespace {

Change leave(std::string_view name, const std::vector<Member>& members, std::size_t place) {
  Change change{.name = name, .before = members, .after = members, .changed = members[place].id};
  change.after.erase(change.after.begin() + static_cast<std::ptrdiff_t>(place));
  return change;
}

std::string percent(double share) { return fmt::format("{:.2f}", share * 100); }

}  // namespace

double Change::ideal() const {
  return 1 / static_cast<double>(std::max(before.size(), after.size()));
}

std::vector<Change> changes_of(const Settings& settings) {
  Settings with_one_more = settings;
  ++with_one_more.servers;
  const std::vector<Member> members = members_of(settings);
  const std::vector<Member> more = members_of(with_one_more);
  return {{.name = "join", .before = members, .after = more, .changed = more.back().id},
          leave("last leaves", members, members.size() - 1),
          leave("middle leaves", members, members.size() / 2)};
}

Moves count_moves(std::string_view scheme, const Change& change, const Settings& settings) {
  Scheme before = make_scheme(scheme, change.before, settings);
  Scheme after = make_scheme(scheme, change.after, settings);
  std::uint64_t moved = 0;
  std::uint64_t between_old = 0;
  env::Random points(settings.seed);
  for (std::uint64_t key = 0; key < settings.keys; ++key) {
    const Point point = points.next();
    const ServerId from = before.place(point);
    const ServerId to = after.place(point);
    if (from == to) continue;
    ++moved;
    if (from != change.changed && to != change.changed) ++between_old;
  }
  const auto keys = static_cast<double>(settings.keys);
  return {.moved = static_cast<double>(moved) / keys,
          .between_old = static_cast<double>(between_old) / keys};
}

Table moves_table(const Settings& settings) {
  Table table{.title = fmt::format("Moves: {} keys on {} servers, {} virtual nodes each, seed {}",
                                   settings.keys, settings.servers, settings.virtual_nodes.front(),
                                   settings.seed),
              .columns = {{"scheme", false},
                          {"change", false},
                          {"moved %"},
                          {"ideal %"},
                          {"moved/ideal"},
                          {"between old %"}},
              .bar_column = 2,
              .note = "between old: keys that move from one server that stays to another"};
  const std::vector<Change> changes = changes_of(settings);
  for (const std::string& scheme : settings.schemes)
    for (const Change& change : changes) {
      const Moves moves = count_moves(scheme, change, settings);
      table.rows.push_back(
          {scheme, std::string(change.name), percent(moves.moved), percent(change.ideal()),
           fmt::format("{:.2f}", moves.moved / change.ideal()), percent(moves.between_old)});
    }
  return table;
}

}  // namespace strata::hashing
