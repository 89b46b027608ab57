// The latest value of something that many threads read all the time and few replace.
//
// A shared_ptr that all readers copy makes them pass its count to and fro between their
// cores. Here there are several copies of the pointer, each with a count of its own, and a
// thread uses the same one each time.
//
// Thread-safety: every function may be called from many threads at once.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>

namespace strata {

template <class T>
class Published {
 public:
  // The value set last, which lives for as long as somebody holds it. Null before the first.
  std::shared_ptr<const T> get() const {
    const Slot& slot = slots_[my_slot()];
    const std::lock_guard lock(slot.mutex);
    return slot.value;
  }

  // A get() that begins after this has returned sees `value`, or a later one. Requires: one
  // thread at a time.
  void set(const std::shared_ptr<const T>& value) {
    for (Slot& slot : slots_) {
      // A pointer to the same value with a count of its own, which holds the real one.
      auto holder = std::make_shared<std::shared_ptr<const T>>(value);
      std::shared_ptr<const T> counted(std::move(holder), value.get());
      const std::lock_guard lock(slot.mutex);
      slot.value.swap(counted);
    }  // the old value dies outside the lock
  }

 private:
  static constexpr std::size_t kSlots = 8;
  static constexpr std::size_t kCacheLine = 64;

  struct alignas(kCacheLine) Slot {
    mutable std::mutex mutex;
    std::shared_ptr<const T> value;  // guarded by mutex
  };

  // Threads take the slots in turn, each one for life.
  static std::size_t my_slot() {
    static std::atomic<std::size_t> next{0};
    thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed) % kSlots;
    return mine;
  }

  std::array<Slot, kSlots> slots_;
};

}  // namespace strata
