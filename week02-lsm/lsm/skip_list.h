// The memtable's ordered list, with lanes: a node of height h stands in the lanes 0 to
// h - 1. Lane 0 holds every node; each lane above about half of the one below. A search
// runs along the highest lane as far as it may, then goes down one. (Pugh, "Skip Lists: A
// Probabilistic Alternative to Balanced Trees", CACM '90.)
//
// Thread-safety: one thread may insert at a time; any number may read beside it, without
// locks. Nothing is ever removed, so a node that was reached stays good.
// Invariants: lanes ascend; a node is in lane i + 1 only if it is in lane i; everything of
// a node but its links is complete before the first link to it is made.
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
  // Takes memory from the system `block_size` bytes at a time.
  explicit SkipList(std::size_t block_size = Arena::kHugePage);

  // Copies both. Requires: no equal key is there.
  void insert(const EntryKey& key, std::string_view value);

  // Bytes taken from the system so far. Any thread may ask.
  std::uint64_t memory() const { return nodes_.memory() + bytes_.memory(); }

  // A place in the list, or behind its end. Thread-safety: none; one owner.
  class Iterator {
   public:
    explicit Iterator(const SkipList& list) : list_(&list) {}

    bool valid() const { return node_ != nullptr; }
    // Requires for these four: valid().
    EntryKey key() const;
    std::string_view value() const;
    void next();
    void prev();

    void seek(const EntryKey& target);  // to the first that is not less
    void seek_to_first();
    void seek_to_last();

   private:
    void come_from(const Node* node);

    const SkipList* list_;
    const Node* node_ = nullptr;
  };

 private:
  friend class SkipListLoader;
  static constexpr int kMaxHeight = 20;  // half each: enough for 2^20 nodes, and more
  // With a quarter a search takes as many comparisons, but more of them lead on to the next node,
  // and each of those steps waits for memory; where it goes down, the node is on its way already.
  static constexpr std::uint64_t kBranching = 2;
  static constexpr std::size_t kCacheLine = 64;

  // What is sought, so that it can be compared quickly.
  struct Target {
    explicit Target(const EntryKey& key) : user_key(key.user_key), tag(key.tag) {}

    HeadedKey user_key;
    std::uint64_t tag;
  };
  // Behind it in memory stand its links, one for each lane it is in. With up to three of them it
  // is one cache line, and all that a search looks at where the heads of keys differ.
  struct Node {
    std::atomic<Node*>& link(int lane) {
      return reinterpret_cast<std::atomic<Node*>*>(this + 1)[lane];
    }
    // Acquire: whoever comes along a link sees the node as it was when it was linked.
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
    const char* bytes;  // the user key, and behind it the value
    std::uint32_t key_size;
    std::uint32_t value_size;
  };
  using Path = std::array<Node*, kMaxHeight>;  // in each lane the last node before a place

  Node* new_node(const EntryKey& key, std::string_view value, int height);
  int random_height();
  Path path_to(const Target& target) const;
  // Where `target` is, or would be. Both ends are of one look at one link: whoever read that
  // link again might find a node in it that has come between.
  struct Gap {
    const Node* before;  // the last node that is less; the head if there is none
    const Node* after;   // the first that is not; null if there is none
  };
  Gap gap_at(const Target& target) const;
  const Node* last() const;  // the head if there is none

  // Nodes lie apart from the keys and values, so that a search finds more of them in the cache.
  Arena nodes_;
  Arena bytes_;
  Node* const head_;            // before all; its key is never looked at
  std::atomic<int> height_{1};  // of the highest node; a reader may see an old one
  env::Random random_{0x5eed};  // heights need no secret
};

}  // namespace strata::lsm
