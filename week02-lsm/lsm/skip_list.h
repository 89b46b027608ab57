// The sorted list of a memtable. It has several lanes: a node of height h is linked into the lanes
// 0 to h - 1. Lane 0 holds every node, and each higher lane holds about half of the nodes of the
// lane below. A search goes along the highest lane as far as it can, then down one lane, and so on.
// (Pugh, "Skip Lists: A Probabilistic Alternative to Balanced Trees", CACM '90.)
//
// Thread-safety: one thread may insert at a time. Any number of threads may read at the same time,
// without locks. Nodes are never removed, so a pointer to a node stays valid as long as the list
// lives.
// Invariants: each lane is sorted. A node is in lane i + 1 only if it is in lane i. A node is
// complete, except for its links, before the first link to it is stored. It stores its own link in
// a lane before another node links to it there.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/key_head.h"
#include "env/random.h"
#include "lsm/arena.h"
#include "lsm/entry_key.h"

namespace strata::lsm {

class SkipList {
  struct Node;

 public:
  // Gets memory from the system in blocks of `block_size` bytes.
  explicit SkipList(std::size_t block_size = Arena::kHugePage);

  // Copies key and value. Requires: the list has no equal key.
  void insert(const EntryKey& key, std::string_view value);

  // Bytes taken from the system so far. Any thread may call this.
  std::uint64_t memory() const { return nodes_.memory() + bytes_.memory(); }

  // A place in the list, or after its end. The list must outlive it. Thread-safety: none; one
  // owner.
  class Iterator {
   public:
    explicit Iterator(const SkipList& list) : list_(&list) {}

    bool valid() const { return node_ != nullptr; }
    // Requires for these four: valid(). next() at the last entry and prev() at the first one make
    // it invalid.
    EntryKey key() const;
    std::string_view value() const;
    void next();
    void prev();

    void seek(const EntryKey& target);  // to the first entry that is not less
    void seek_to_first();
    void seek_to_last();

   private:
    void come_from(const Node* node);

    const SkipList* list_;
    const Node* node_ = nullptr;
  };

 private:
  friend class SkipListLoader;
  static constexpr int kMaxHeight = 20;  // lanes halve: enough for 2^20 nodes, and more
  // One in kBranching nodes of a lane is also in the next higher lane. With 4, a search makes as
  // many comparisons, but more of them step to a next node, and each such step waits for memory.
  // When a search goes down a lane instead, the next node has been prefetched.
  static constexpr std::uint64_t kBranching = 2;
  static constexpr std::size_t kCacheLine = 64;

  // The key that a search looks for, in a form that is quick to compare.
  struct Target {
    explicit Target(const EntryKey& key) : user_key(key.user_key), tag(key.tag) {}

    HeadedKey user_key;
    std::uint64_t tag;
  };
  // A node. Its links follow it in memory, one for each of its lanes. With up to three links it
  // takes one cache line. If the heads of two keys differ, a search needs nothing but this cache
  // line.
  struct Node {
    std::atomic<Node*>& link(int lane) {
      return reinterpret_cast<std::atomic<Node*>*>(this + 1)[lane];
    }
    // Acquire: a reader that follows the link sees the complete node.
    Node* next(int lane) const {
      return const_cast<Node*>(this)->link(lane).load(std::memory_order_acquire);
    }
    std::string_view user_key() const { return {bytes, key_size}; }
    std::string_view value() const { return {bytes + key_size, value_size}; }
    bool less(const Target& target) const {
      const auto order = HeadedKey(head, user_key()) <=> target.user_key;
      return order != 0 ? order < 0 : tag > target.tag;
    }

    KeyHead head;
    std::uint64_t tag;
    const char* bytes;  // the user key, followed by the value
    std::uint32_t key_size;
    std::uint32_t value_size;
  };
  using Path = std::array<Node*, kMaxHeight>;  // for each lane, the last node before a place

  Node* new_node(const EntryKey& key, std::string_view value, int height);
  int random_height();
  Path path_to(const Target& target) const;
  // The two neighbours of the place where `target` is or would be. Both come from a single read of
  // one link. A second read could return a node that was inserted in between.
  struct Gap {
    const Node* before;  // the last node that is less than the target, or the head
    const Node* after;   // the first node that is not less, or null
  };
  Gap gap_at(const Target& target) const;
  const Node* last() const;  // the last node, or the head

  // Nodes are stored apart from keys and values, so that more nodes fit into the processor's cache.
  Arena nodes_;
  Arena bytes_;
  Node* const head_;            // before all nodes; its key is never used
  std::atomic<int> height_{1};  // of the highest node; a reader may see an older value
  env::Random random_{0x5eed};  // heights need not be secret
};

}  // namespace strata::lsm
