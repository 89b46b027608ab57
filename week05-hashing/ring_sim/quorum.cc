#include "ring_sim/quorum.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"

namespace strata::hashing {
namespace {

// A number for each pair of servers.
class Pairs {
 public:
  explicit Pairs(const std::vector<Member>& members)
      : members_(members), numbers_(members.size() * members.size()) {}

  double& of(ServerId a, ServerId b) {
    const auto [low, high] = std::minmax({place_of(a), place_of(b)});
    return numbers_[low * members_.size() + high];
  }
  // One for each pair, and zeros.
  const std::vector<double>& numbers() const { return numbers_; }

 private:
  std::size_t place_of(ServerId server) const {
    const auto at = std::ranges::lower_bound(members_, server, {}, &Member::id);
    return static_cast<std::size_t>(at - members_.begin());
  }

  const std::vector<Member>& members_;  // sorted by id
  std::vector<double> numbers_;
};

double pairs_among(std::size_t servers) {
  return static_cast<double>(servers) * static_cast<double>(servers - 1) / 2;
}

}  // namespace

// All keys between two neighbouring virtual nodes have the same preference list. So it is enough to
// look at one point of each range.
QuorumLoss quorum_loss(const Ring& ring) {
  STRATA_ASSERT(ring.members().size() >= kCopies);
  Pairs lost(ring.members());
  for (const OwnedRange& part : ring.ranges()) {
    const std::vector<ServerId> copies = ring.preference_list(part.range.last, kCopies);
    for (std::size_t a = 0; a < copies.size(); ++a)
      for (std::size_t b = a + 1; b < copies.size(); ++b)
        lost.of(copies[a], copies[b]) += share_of(part.range);
  }
  double harmful = 0;
  double sum = 0;
  for (const double share : lost.numbers()) {
    harmful += share > 0 ? 1 : 0;
    sum += share;
  }
  return {.harmful_pairs = harmful / pairs_among(ring.members().size()),
          .mean_keys = sum / harmful,
          .most_keys = std::ranges::max(lost.numbers())};
}

Table quorum_table(const Settings& settings) {
  const double mean = pairs_among(kCopies) / pairs_among(settings.servers);
  Table table{
      .title = fmt::format("Two of {} servers are lost; {} copies of each key, seed {}",
                           settings.servers, kCopies, settings.seed),
      .columns = {{"virtual nodes"}, {"harmful pairs %"}, {"keys hit %"}, {"keys hit at most %"}},
      .bar_column = 1,
      .note = fmt::format("harmful: some key loses its quorum. keys hit: by a harmful pair, on "
                          "average.\nBy any pair, on average: {:.4f} % in every row.",
                          mean * 100)};
  for (const std::uint32_t virtual_nodes : settings.virtual_nodes) {
    const QuorumLoss loss = quorum_loss(Ring(members_of(settings), virtual_nodes));
    table.rows.push_back(
        {fmt::format("{}", virtual_nodes), fmt::format("{:.2f}", loss.harmful_pairs * 100),
         fmt::format("{:.4f}", loss.mean_keys * 100), fmt::format("{:.4f}", loss.most_keys * 100)});
  }
  return table;
}

}  // namespace strata::hashing
