#include "store/store.h"

#include <fmt/format.h>

namespace strata {

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
