#include "wal/entry.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/limits.h"

namespace strata::wal {
namespace {

std::byte* put_text(std::byte* to, std::string_view text) {
  store_little_endian(to, static_cast<std::uint32_t>(text.size()));
  return std::ranges::copy(as_bytes(text), to + sizeof(std::uint32_t)).out;
}

}  // namespace

void encode_batch(const WriteBatch& batch, Timestamp timestamp, Bytes& out) {
  // TASK 1.1: append one entry to `out` for each operation, in the form that entry.h shows.
  // put_text() writes a length and the bytes after it; batch.byte_size() is the size of all entries
  // together. A DELETE has value_len 0. What `out` holds already must stay.
  const std::size_t start = out.size();
  out.resize(start + batch.byte_size());
  std::byte* to = out.data() + start;
  for (const Operation operation : batch) {
    store_little_endian(to, static_cast<std::uint64_t>(timestamp.count()));
    to += sizeof(std::uint64_t);
    *to++ = static_cast<std::byte>(operation.kind);
    to = put_text(to, operation.key);
    to = put_text(to, operation.value);
  }
  // END TASK 1.1
}

Result<std::optional<LogEntry>> EntryReader::next() {
  // TASK 1.1: read one entry from in_, the fields in the same order; return nullopt if nothing is
  // left. The bytes may be anything, so check each length before you use it. Return corruption() if
  // the entry is cut short, if op_type is neither 1 nor 2, if a DELETE has a value, and if
  // check_key() or check_value() rejects the key or the value.
  if (in_.remaining() == 0) return std::nullopt;
  const std::size_t start = in_.offset();
  const auto broken = [&](std::string_view what) {
    return corruption(fmt::format("the entry at byte {} of the payload {}", start, what));
  };
  const auto timestamp = in_.u64();
  const auto op_type = in_.u8();
  const auto key_size = in_.u32();
  const auto key = key_size ? in_.bytes(*key_size) : std::nullopt;
  const auto value_size = key ? in_.u32() : std::nullopt;
  const auto value = value_size ? in_.bytes(*value_size) : std::nullopt;
  if (!timestamp || !op_type || !value) return broken("reaches past its end");

  const auto kind = static_cast<OperationKind>(*op_type);
  if (kind != OperationKind::kPut && kind != OperationKind::kDelete)
    return broken(fmt::format("has op_type {}", *op_type));
  if (kind == OperationKind::kDelete && !value->empty()) return broken("deletes with a value");
  const Operation operation{kind, as_text(*key), as_text(*value)};
  if (!check_key(operation.key) || !check_value(operation.value))
    return broken("is larger or smaller than any store accepts");
  return LogEntry{Timestamp(static_cast<std::int64_t>(*timestamp)), operation};
  // END TASK 1.1
}

}  // namespace strata::wal
