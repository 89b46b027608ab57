#include "store/store.h"

#include <fmt/format.h>

#include "base/text.h"
#include "store/checked_entries.h"

namespace strata {
namespace {

constexpr std::size_t kRemovedAtOnce = std::size_t{256} << 10;  // bytes of a batch

}  // namespace

KeyRange KeyRange::prefix(std::string_view prefix) {
  KeyRange range{std::string(prefix), std::string(prefix)};
  // `to` is the first key after all of them: the prefix, cut after its last byte that is not 0xff,
  // with that byte raised by one. If all bytes are 0xff, no key comes after them.
  while (!range.to->empty() && range.to->back() == '\xff') range.to->pop_back();
  if (range.to->empty())
    range.to.reset();
  else
    range.to->back() = static_cast<char>(static_cast<unsigned char>(range.to->back()) + 1);
  return range;
}

bool KeyRange::contains(std::string_view key) const { return key >= from && (!to || key < *to); }

Result<std::optional<Entry>> Cursor::seek(std::string_view key) {
  for (;;) {
    STRATA_TRY(const auto entry, next());
    if (!entry || (reverse_ ? entry->key <= key : entry->key >= key)) return entry;
  }
}

Result<void> check_condition(const Condition& condition, const std::optional<std::string>& found) {
  if (found == condition.expected) return {};
  return conflict(fmt::format("the condition on {} does not hold", printable(condition.key)));
}

std::string Stat::text() const {
  if (const auto* count = std::get_if<std::uint64_t>(&value)) return fmt::format("{}", *count);
  if (const auto* ratio = std::get_if<double>(&value)) return fmt::format("{:.2f}", *ratio);
  return std::get<std::string>(value);
}

Result<void> Store::put(std::string_view key, std::string_view value) {
  WriteBatch batch;
  batch.put(key, value);
  return write(batch);
}

Result<void> Store::remove(std::string_view key) {
  WriteBatch batch;
  batch.remove(key);
  return write(batch);
}

Result<void> Store::write_if(std::span<const Condition> /*conditions*/,
                             const WriteBatch& /*batch*/) {
  return unsupported("this store cannot check conditions");
}

Result<std::uint64_t> Store::count_keys() {
  STRATA_TRY(const auto cursor, scan({}));
  for (std::uint64_t count = 0;; ++count) {
    STRATA_TRY(const auto entry, cursor->next());
    if (!entry) return count;
  }
}

Result<void> Store::replace(Cursor& entries) {
  WriteBatch batch;
  STRATA_TRY(const auto gone, scan({}));
  for (;;) {
    STRATA_TRY(const auto entry, gone->next());
    if (!entry) break;
    batch.remove(entry->key);
  }
  CheckedEntries checked(entries);
  for (;;) {
    STRATA_TRY(const auto entry, checked.next());
    if (!entry) return write(batch);
    batch.put(entry->key, entry->value);
  }
}

Result<void> Store::remove_range(const KeyRange& range) {
  STRATA_TRY(const auto cursor, scan({.range = range}));
  WriteBatch batch;
  for (;;) {
    STRATA_TRY(const auto entry, cursor->next());
    if (entry) batch.remove(entry->key);
    if (entry && batch.byte_size() < kRemovedAtOnce) continue;
    STRATA_TRY(write(batch));
    if (!entry) return {};
    batch.clear();
  }
}

Result<SyncMode> parse_sync_mode(std::string_view word) {
  for (const SyncMode mode : {SyncMode::kAlways, SyncMode::kInterval, SyncMode::kNever})
    if (word == name_of(mode)) return mode;
  return invalid_argument(
      fmt::format("unknown sync mode '{}'; use always, interval or never", word));
}

std::string_view name_of(SyncMode mode) {
  switch (mode) {
    case SyncMode::kAlways:
      return "always";
    case SyncMode::kInterval:
      return "interval";
    case SyncMode::kNever:
      return "never";
  }
  return "unknown";
}

}  // namespace strata
