// A value that many threads read often and that is rarely replaced.
//
// If all readers copied one shared_ptr, they would all change the same reference count, and its
// cache line would travel between their cores. So this class keeps several copies of the pointer,
// each with a count of its own. Each thread always uses the same copy.
//
// Thread-safety: get() may be called from many threads at once, also beside set(). Only one thread
// may call set() at a time.
#pragma once

#include <array>
#include <memory>
#include <mutex>

#include "base/thread_slot.h"

namespace strata {

template <class T>
class Published {
 public:
  // The value that was set last; null if none was set. It lives as long as a caller holds it.
  std::shared_ptr<const T> get() const {
    const Slot& slot = slots_[thread_slot()];
    const std::lock_guard lock(slot.mutex);
    return slot.value;
  }

  // A get() that begins after set() has returned sees `value` or a later one. Requires: one thread
  // at a time. If there is no memory for it, it throws std::bad_alloc and changes nothing.
  void set(const std::shared_ptr<const T>& value) { set(prepare(value)); }

  // The same in two steps, for a caller that must not fail any more when it sets the value.
  using Prepared = std::array<std::shared_ptr<const T>, kThreadSlots>;
  static Prepared prepare(const std::shared_ptr<const T>& value) {
    Prepared copies;
    if (value)
      for (auto& copy : copies) {
        // A pointer to the same value with a reference count of its own. It keeps `value` alive.
        auto holder = std::make_shared<std::shared_ptr<const T>>(value);
        copy = std::shared_ptr<const T>(std::move(holder), value.get());
      }
    return copies;
  }
  void set(Prepared copies) noexcept {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      const std::lock_guard lock(slots_[i].mutex);
      slots_[i].value.swap(copies[i]);
    }
  }  // the old value dies outside the locks

 private:
  struct alignas(kCacheLine) Slot {
    mutable std::mutex mutex;
    std::shared_ptr<const T> value;  // guarded by mutex
  };

  std::array<Slot, kThreadSlots> slots_;
};

}  // namespace strata
