#include "shard/scan_merge.h"

#include <algorithm>
#include <utility>

namespace strata::shard {

std::vector<std::size_t> ScanMerge::needs() const {
  std::vector<std::size_t> parts;
  if (left_ == 0) return parts;
  for (std::size_t part = 0; part < parts_.size(); ++part)
    if (parts_[part].entries.empty() && !parts_[part].last) parts.push_back(part);
  return parts;
}

void ScanMerge::add(std::size_t part, net::proto::ScanPage page, bool last) {
  for (net::proto::Entry& entry : *page.mutable_entries())
    parts_[part].entries.push_back(std::move(entry));
  parts_[part].last = last;
}

// Whether the next entry of `a` comes before that of `b`. A part without entries comes last.
bool ScanMerge::comes_before(const Part& a, const Part& b) const {
  if (a.entries.empty() || b.entries.empty()) return !a.entries.empty();
  const int order = a.entries.front().key().compare(b.entries.front().key());
  return reverse_ ? order > 0 : order < 0;
}

void ScanMerge::take(net::proto::ScanPage& out, std::size_t bytes) {
  // TASK 5.6: while there is room, the limit allows it, and no part needs a page: move the entry
  // that comes first, of all parts, to `out`.
  for (std::size_t taken = 0; taken < bytes && left_ > 0 && needs().empty();) {
    const auto first = std::ranges::min_element(
        parts_, [this](const Part& a, const Part& b) { return comes_before(a, b); });
    if (first == parts_.end() || first->entries.empty()) return;
    net::proto::Entry& entry = first->entries.front();
    taken += entry.key().size() + entry.value().size();
    *out.add_entries() = std::move(entry);
    first->entries.pop_front();
    --left_;
  }
  // END TASK 5.6
}

bool ScanMerge::is_done() const {
  // TASK 5.6: the limit is reached, or no part has entries or will have some.
  return left_ == 0 || std::ranges::all_of(parts_, [](const Part& part) {
           return part.last && part.entries.empty();
         });
  // END TASK 5.6
}

}  // namespace strata::shard
