// Several writes that take effect together or not at all, in the order in which they were added.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace strata {

enum class OperationKind : std::uint8_t { kPut = 1, kDelete = 2 };

// One write. Its views are valid as long as its batch is not changed.
struct Operation {
  OperationKind kind;
  std::string_view key;
  std::string_view value;  // empty for kDelete
};

// What a log entry has besides key and value, in bytes: timestamp, kind and two lengths.
inline constexpr std::size_t kOperationOverhead = 8 + 1 + 4 + 4;

// It copies keys and values into one buffer of its own, or refers to them where they are. A batch
// that is cleared and filled again allocates nothing. Thread-safety: none; one owner.
class WriteBatch {
 public:
  WriteBatch() = default;

  WriteBatch& put(std::string_view key, std::string_view value);
  WriteBatch& remove(std::string_view key);
  // Adds an operation without a copy. Requires: its key and value stay where they are, unchanged,
  // until the batch and its copies are cleared, destroyed or used no more.
  WriteBatch& refer_to(const Operation& operation);
  void clear();
  // Removes the operations behind the first `count`. Also mends a batch after put() or remove() has
  // thrown.
  void truncate(std::size_t count);

  std::size_t count() const { return slots_.size(); }
  bool empty() const { return slots_.empty(); }
  // The bytes of all keys and values, and kOperationOverhead for each operation.
  std::size_t byte_size() const {
    return buffer_.size() + bytes_elsewhere_ + count() * kOperationOverhead;
  }
  Operation operator[](std::size_t index) const;

  class Iterator {
   public:
    using value_type = Operation;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    Iterator(const WriteBatch& batch, std::size_t index) : batch_(&batch), index_(index) {}
    Operation operator*() const { return (*batch_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    Iterator operator++(int) {
      auto before = *this;
      ++index_;
      return before;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const WriteBatch* batch_ = nullptr;
    std::size_t index_ = 0;
  };
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, count()}; }

 private:
  struct Slot {
    OperationKind kind = OperationKind::kPut;
    std::size_t offset = 0;  // of the key in buffer_; the value follows it
    std::size_t key_size = 0;
    std::size_t value_size = 0;
    const char* key = nullptr;  // null: key and value are in buffer_
    const char* value = nullptr;
  };

  std::string buffer_;
  std::size_t bytes_elsewhere_ = 0;  // the keys and values that are not in buffer_
  std::vector<Slot> slots_;
};

}  // namespace strata
