// The latest value of something that many threads read all the time and few replace.
//
// A shared_ptr that all readers copy makes them pass its count to and fro between their
// cores. Here there are several copies of the pointer, each with a count of its own, and a
// thread uses the same one each time.
//
// Thread-safety: every function may be called from many threads at once.
#pragma once

#include <array>
#include <memory>
#include <mutex>

#include "base/thread_slot.h"

namespace strata {

template <class T>
class Published {
 public:
  // The value set last, which lives for as long as somebody holds it. Null before the first.
  std::shared_ptr<const T> get() const {
    const Slot& slot = slots_[thread_slot()];
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
  struct alignas(kCacheLine) Slot {
    mutable std::mutex mutex;
    std::shared_ptr<const T> value;  // guarded by mutex
  };

  std::array<Slot, kThreadSlots> slots_;
};

}  // namespace strata
