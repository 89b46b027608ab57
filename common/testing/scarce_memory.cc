#include "testing/scarce_memory.h"

#include <atomic>
#include <cstdlib>
#include <new>
#include <utility>

namespace strata::testing {
namespace {

constexpr std::int64_t kNever = -1;

std::atomic<std::int64_t> left{kNever};  // allocations until one fails
std::atomic<std::size_t> smallest{0};
std::atomic<bool> failed{false};
thread_local bool spared = false;

bool fails(std::size_t size) {
  if (left.load(std::memory_order_relaxed) == kNever || spared || size < smallest) return false;
  std::int64_t now = left;
  while (now != kNever && !left.compare_exchange_weak(now, now - 1)) {
  }
  if (now != 0) return false;
  failed = true;
  return true;
}

void* allocate(std::size_t size, std::size_t alignment) {
  if (fails(size)) throw std::bad_alloc();
  // aligned_alloc() wants a multiple of the alignment.
  void* const memory =
      alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__
          ? std::malloc(size == 0 ? 1 : size)
          : std::aligned_alloc(alignment, (size + alignment) / alignment * alignment);
  if (!memory) throw std::bad_alloc();
  return memory;
}

}  // namespace

ScarceMemory::ScarceMemory(std::uint64_t at, std::size_t size) {
  failed = false;
  smallest = size;
  left = static_cast<std::int64_t>(at);
}
void ScarceMemory::stop() { left = kNever; }
ScarceMemory::Spared::Spared() : before_(std::exchange(spared, true)) {}
ScarceMemory::Spared::~Spared() { spared = before_; }
bool ScarceMemory::ran_out() const { return failed; }

}  // namespace strata::testing

// protobuf loses parts of a message that it copies or reads when memory runs out in the middle. The
// leak sanitizer calls this in programs in which that is made to happen.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the sanitizer knows it by this name
extern "C" const char* __lsan_default_suppressions();
// NOLINTNEXTLINE(bugprone-reserved-identifier): as above
extern "C" const char* __lsan_default_suppressions() { return "leak:google::protobuf::"; }

void* operator new(std::size_t size) { return strata::testing::allocate(size, 1); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return strata::testing::allocate(size, static_cast<std::size_t>(alignment));
}
// As std::stable_sort asks for its buffer.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept try {
  return strata::testing::allocate(size, 1);
} catch (const std::bad_alloc&) {
  return nullptr;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
