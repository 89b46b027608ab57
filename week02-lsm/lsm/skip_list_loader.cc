#include "lsm/skip_list_loader.h"

#include <algorithm>

namespace strata::lsm {
namespace {

constexpr std::size_t kAhead = 8;  // number of nodes that are prefetched

}  // namespace

void SkipListLoader::add(const EntryKey& key, std::string_view value) {
  const int height = list_.random_height();
  SkipList::Node* const node = list_.new_node(key, value, height);
  entries_.push_back({.head = node->head, .node = node, .height = height});
}

bool SkipListLoader::before(const Entry& a, const Entry& b) {
  if (a.head != b.head) return a.head < b.head;
  const int order = a.node->user_key().compare(b.node->user_key());
  return order != 0 ? order < 0 : a.node->tag > b.node->tag;
}

void SkipListLoader::finish() {
  std::ranges::sort(entries_, before);
  SkipList::Path last;  // in each lane
  last.fill(list_.head_);
  int highest = 1;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (i + kAhead < entries_.size()) __builtin_prefetch(entries_[i + kAhead].node, 1);
    const auto& [head, node, height] = entries_[i];
    for (int lane = 0; lane < height; ++lane) {
      SkipList::Node*& before_it = last[static_cast<std::size_t>(lane)];
      before_it->link(lane).store(node, std::memory_order_release);
      before_it = node;
    }
    highest = std::max(highest, height);
  }
  list_.height_.store(highest, std::memory_order_relaxed);
}

}  // namespace strata::lsm
