#include "store/write_batch.h"

namespace strata {

WriteBatch& WriteBatch::put(std::string_view key, std::string_view value) {
  slots_.push_back({OperationKind::kPut, buffer_.size(), key.size(), value.size()});
  buffer_.append(key);
  buffer_.append(value);
  return *this;
}

WriteBatch& WriteBatch::remove(std::string_view key) {
  slots_.push_back({OperationKind::kDelete, buffer_.size(), key.size(), 0});
  buffer_.append(key);
  return *this;
}

void WriteBatch::truncate(std::size_t count) {
  if (count >= slots_.size()) return;
  buffer_.resize(slots_[count].offset);
  slots_.resize(count);
}

Operation WriteBatch::operator[](std::size_t index) const {
  const Slot& slot = slots_[index];
  const std::string_view bytes(buffer_);
  return {slot.kind, bytes.substr(slot.offset, slot.key_size),
          bytes.substr(slot.offset + slot.key_size, slot.value_size)};
}

}  // namespace strata
