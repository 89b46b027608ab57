#include "placement/maglev_table.h"

#include <algorithm>
#include <limits>

#include "base/assert.h"

namespace strata::hashing {
namespace {

constexpr std::uint32_t kFree = std::numeric_limits<std::uint32_t>::max();

bool is_prime(std::uint32_t number) {
  if (number < 2) return false;
  for (std::uint64_t factor = 2; factor * factor <= number; ++factor)
    if (number % factor == 0) return false;
  return true;
}

// The entries in the order in which one server wants them.
class Wishes {
 public:
  Wishes(ServerId server, std::uint64_t entries)
      : entries_(entries),
        next_(point_of(server, 0) % entries),
        skip_(point_of(server, 1) % (entries - 1) + 1) {}

  std::uint64_t take() {
    const std::uint64_t entry = next_;
    next_ = (next_ + skip_) % entries_;
    return entry;
  }

 private:
  std::uint64_t entries_;
  std::uint64_t next_;
  std::uint64_t skip_;  // from 1 to entries_ - 1
};

}  // namespace

MaglevTable::MaglevTable(std::vector<Member> members, std::uint32_t entries)
    : table_(entries, kFree) {
  STRATA_ASSERT(is_prime(entries) && !members.empty() && members.size() <= entries);
  std::ranges::sort(members, {}, &Member::id);
  for (const Member& member : members) servers_.push_back(member.id);
  fill(members);
}

void MaglevTable::fill(const std::vector<Member>& members) {
  std::vector<Wishes> wishes;
  for (const ServerId server : servers_) wishes.emplace_back(server, table_.size());
  std::size_t filled = 0;
  while (true)
    for (std::uint32_t place = 0; place < members.size(); ++place)
      for (std::uint32_t taken = 0; taken < members[place].weight; ++taken) {
        if (filled == table_.size()) return;
        std::uint64_t entry = wishes[place].take();
        while (table_[entry] != kFree) entry = wishes[place].take();
        table_[entry] = place;
        ++filled;
      }
}

std::size_t MaglevTable::memory_bytes() const {
  return servers_.size() * sizeof(ServerId) + table_.size() * sizeof table_[0];
}

}  // namespace strata::hashing
