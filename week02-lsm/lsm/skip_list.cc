#include "lsm/skip_list.h"

#include <algorithm>
#include <memory>

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
  // TASK 2.1: begin at the head, in the highest lane. Step to the next node as long as it is less
  // than `target`, then go down one lane, until you are done with lane 0. Return the node at which
  // you stand, and the next node that you read last, in lane 0. A writer may insert at the same
  // time, so read each link only once: a second read could return another node.
  const Node* node = head_;
  const Node* next = nullptr;
  for (int lane = height_.load(std::memory_order_relaxed) - 1; lane >= 0; --lane) {
    next = node->next(lane);
    while (next != nullptr) {
      // Prefetch the next node of the lane below while this node is compared.
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
  // TASK 2.1: the same walk as in gap_at(), but record the node at which you left each lane. In the
  // lanes above height_, which are empty, this is the head.
  Path path;
  path.fill(head_);
  Node* node = head_;
  for (int lane = height_.load(std::memory_order_relaxed) - 1; lane >= 0; --lane) {
    while (Node* const next = node->next(lane)) {
      // Prefetch the next node of the lane below while this node is compared.
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
  // TASK 2.1: make a new node of random_height(), and link it in after the nodes of its path, in
  // each of its lanes. Raise height_ if the node is higher. Readers may run at the same time. So in
  // each lane, store the node's own link first, and then the link to it, with memory_order_release.
  // Begin with lane 0: a node that is in a lane must be in all lanes below.
  Path path = path_to(Target(key));
  const int height = random_height();
  Node* const node = new_node(key, value, height);
  // A reader that sees the new height before the node finds the new lanes empty, and goes down.
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

// Moves to the node after `node`. A walk soon needs the nodes that follow. So this prefetches the
// bytes of the next node, and the node after it.
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
  // They are prefetched while a merge seeks in its other sources.
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
