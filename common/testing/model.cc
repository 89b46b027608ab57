#include "testing/model.h"

#include <fmt/format.h>

namespace strata::testing {

void apply(const WriteBatch& batch, Model& model) {
  for (const Operation operation : batch) {
    if (operation.kind == OperationKind::kPut)
      model.insert_or_assign(std::string(operation.key), std::string(operation.value));
    else
      model.erase(std::string(operation.key));
  }
}

Result<std::optional<Entry>> ListCursor::next() {
  if (at_ < entries_.size()) {
    const auto& [key, value] = entries_[at_++];
    return Entry{key, value};
  }
  if (error_) return *error_;
  return std::nullopt;
}

Result<Model> contents_of(Store& store) {
  Model contents;
  STRATA_TRY(const auto cursor, store.scan({}));
  for (;;) {
    STRATA_TRY(const auto entry, cursor->next());
    if (!entry) return contents;
    contents.emplace(entry->key, entry->value);
  }
}

namespace {

// The value as a message shows it.
std::string shorten(const std::string& value) {
  constexpr std::size_t kShown = 40;
  if (value.size() <= kShown) return value;
  return fmt::format("{}... ({} bytes)", value.substr(0, kShown), value.size());
}

}  // namespace

std::string difference(const Model& expected, const Model& found) {
  for (const auto& [key, value] : expected) {
    const auto it = found.find(key);
    if (it == found.end()) return fmt::format("key '{}' is missing", key);
    if (it->second != value)
      return fmt::format("key '{}' is '{}', not '{}'", key, shorten(it->second), shorten(value));
  }
  for (const auto& [key, value] : found)
    if (!expected.contains(key)) return fmt::format("key '{}' should not be there", key);
  return "";
}

WriteBatch random_batch(env::Random& random, std::uint64_t number, const RandomBatches& shape) {
  WriteBatch batch;
  const std::uint64_t count = random.one_in(4) ? 1 + random.below(shape.max_batch) : 1;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string key = fmt::format("key{:04}", random.below(shape.keys));
    if (random.one_in(5)) {
      batch.remove(key);
    } else {
      std::string value = fmt::format("{}.{}:", number, i);
      value.append(random.below(shape.max_value_bytes), static_cast<char>('a' + number % 26));
      batch.put(key, value);
    }
  }
  return batch;
}

}  // namespace strata::testing
