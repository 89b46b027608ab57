#include "store/write_batch.h"

namespace strata {

WriteBatch& WriteBatch::put(std::string_view key, std::string_view value) {
  slots_.push_back({.offset = buffer_.size(), .key_size = key.size(), .value_size = value.size()});
  buffer_.append(key);
  buffer_.append(value);
  return *this;
}

WriteBatch& WriteBatch::remove(std::string_view key) {
  slots_.push_back(
      {.kind = OperationKind::kDelete, .offset = buffer_.size(), .key_size = key.size()});
  buffer_.append(key);
  return *this;
}

WriteBatch& WriteBatch::refer_to(const Operation& operation) {
  slots_.push_back({.kind = operation.kind,
                    .offset = buffer_.size(),
                    .key_size = operation.key.size(),
                    .value_size = operation.value.size(),
                    .key = operation.key.data() ? operation.key.data() : "",
                    .value = operation.value.data()});
  bytes_elsewhere_ += operation.key.size() + operation.value.size();
  return *this;
}

// Also for a batch that was moved from.
void WriteBatch::clear() {
  buffer_.clear();
  slots_.clear();
  bytes_elsewhere_ = 0;
}

void WriteBatch::truncate(std::size_t count) {
  if (count >= slots_.size()) return;
  for (std::size_t i = count; i < slots_.size(); ++i)
    if (slots_[i].key) bytes_elsewhere_ -= slots_[i].key_size + slots_[i].value_size;
  buffer_.resize(slots_[count].offset);
  slots_.resize(count);
}

Operation WriteBatch::operator[](std::size_t index) const {
  const Slot& slot = slots_[index];
  if (slot.key) return {slot.kind, {slot.key, slot.key_size}, {slot.value, slot.value_size}};
  const std::string_view bytes(buffer_);
  return {slot.kind, bytes.substr(slot.offset, slot.key_size),
          bytes.substr(slot.offset + slot.key_size, slot.value_size)};
}

}  // namespace strata
