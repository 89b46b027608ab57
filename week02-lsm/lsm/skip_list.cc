#include "lsm/skip_list.h"

#include <algorithm>
#include <memory>

#include "base/not_written.h"  // what the starter throws

namespace strata::lsm {

SkipList::SkipList(std::size_t block_size)
    : nodes_(block_size), bytes_(block_size), head_(new_node({}, {}, kMaxHeight)) {}

SkipList::Node* SkipList::new_node(const EntryKey& key, std::string_view value, int height) {
  using Link = std::atomic<Node*>;
  static_assert(alignof(Node) == alignof(Link));
  static_assert(sizeof(Node) + 3 * sizeof(Link) == kCacheLine);
  const std::size_t links = static_cast<std::size_t>(height) * sizeof(Link);
  std::byte* const place = nodes_.allocate(sizeof(Node) + links, kCacheLine);
  auto* const bytes = reinterpret_cast<char*>(bytes_.allocate(key.user_key.size() + value.size()));
  std::ranges::copy(value, std::ranges::copy(key.user_key, bytes).out);
  Node* const node =
      std::construct_at(reinterpret_cast<Node*>(place),
                        Node{.head = KeyHead(key.user_key),
                             .tag = key.tag,
                             .bytes = bytes,
                             .key_size = static_cast<std::uint32_t>(key.user_key.size()),
                             .value_size = static_cast<std::uint32_t>(value.size())});
  for (int lane = 0; lane < height; ++lane) std::construct_at(&node->link(lane), nullptr);
  return node;
}

int SkipList::random_height() {
  int height = 1;
  while (height < kMaxHeight && random_.one_in(kBranching)) ++height;
  return height;
}

SkipList::Gap SkipList::gap_at(const Target& target) const {
  // TASK 2.1: from the head, along the highest lane for as long as the next node is less
  // than `target`, then down a lane, until you stand in lane 0. A reader may run beside an
  // insert, so read each link once: what the last link said is the answer.
  const Node* node = head_;
  const Node* next = nullptr;
  for (int lane = height_.load(std::memory_order_relaxed) - 1; lane >= 0; --lane) {
    next = node->next(lane);
    while (next != nullptr) {
      // While this one is compared, the next one in the lane below is on its way from memory.
      if (lane > 0) __builtin_prefetch(node->next(lane - 1));
      if (!next->less(target)) break;
      node = next;
      next = node->next(lane);
    }
  }
  return {node, next};
  // END TASK 2.1
}

SkipList::Path SkipList::path_to(const Target& target) const {
  // TASK 2.1: the same walk, but remember where you left each lane. Lanes that nobody has
  // used yet begin, and end, at the head.
  Path path;
  path.fill(head_);
  Node* node = head_;
  for (int lane = height_.load(std::memory_order_relaxed) - 1; lane >= 0; --lane) {
    while (Node* const next = node->next(lane)) {
      // While this one is compared, the next one in the lane below is on its way from memory.
      if (lane > 0) __builtin_prefetch(node->next(lane - 1));
      if (!next->less(target)) break;
      node = next;
    }
    path[static_cast<std::size_t>(lane)] = node;
  }
  return path;
  // END TASK 2.1
}

const SkipList::Node* SkipList::last() const {
  const Node* node = head_;
  for (int lane = height_.load(std::memory_order_relaxed) - 1; lane >= 0; --lane)
    while (const Node* const next = node->next(lane)) node = next;
  return node;
}

void SkipList::insert(const EntryKey& key, std::string_view value) {
  // TASK 2.1: a new node of random_height(), linked in behind the path in each of its
  // lanes. Readers run beside this: set the node's own link before the link to it, and
  // store that one with memory_order_release. Begin with lane 0: a node that stands in a
  // lane stands in all below.
  Path path = path_to(Target(key));
  const int height = random_height();
  Node* const node = new_node(key, value, height);
  // A reader that sees the new height before the node finds nothing in the new lanes, and
  // goes down.
  if (height > height_.load(std::memory_order_relaxed))
    height_.store(height, std::memory_order_relaxed);
  for (int lane = 0; lane < height; ++lane) {
    std::atomic<Node*>& before = path[static_cast<std::size_t>(lane)]->link(lane);
    node->link(lane).store(before.load(std::memory_order_relaxed), std::memory_order_relaxed);
    before.store(node, std::memory_order_release);
  }
  // END TASK 2.1
}

EntryKey SkipList::Iterator::key() const { return {node_->user_key(), node_->tag}; }
std::string_view SkipList::Iterator::value() const { return node_->value(); }
void SkipList::Iterator::next() { come_from(node_); }

// Goes on behind `node`. Whoever walks will soon want what follows: the bytes of the next node,
// and the node behind that one, are called from memory now.
void SkipList::Iterator::come_from(const Node* node) {
  node_ = node->next(0);
  if (!node_) return;
  const Node* const next = node_->next(0);
  if (!next) return;
  __builtin_prefetch(next->bytes);
  __builtin_prefetch(next->bytes + kCacheLine);
  __builtin_prefetch(next->next(0));
}

void SkipList::Iterator::seek(const EntryKey& target) {
  node_ = list_->gap_at(Target(target)).after;
  if (!node_) return;
  // They are on their way while whoever merges seeks in its other sources.
  __builtin_prefetch(node_->bytes);
  __builtin_prefetch(node_->bytes + kCacheLine);
  __builtin_prefetch(node_->next(0));
}
void SkipList::Iterator::seek_to_first() { come_from(list_->head_); }
void SkipList::Iterator::prev() {
  const Node* const before = list_->gap_at(Target(key())).before;
  node_ = before == list_->head_ ? nullptr : before;
}
void SkipList::Iterator::seek_to_last() {
  const Node* const last = list_->last();
  node_ = last == list_->head_ ? nullptr : last;
}

}  // namespace strata::lsm
