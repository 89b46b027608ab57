#include "lsm/version.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/assert.h"
#include "lsm/version_builder.h"

namespace strata::lsm {
namespace {

constexpr std::uint8_t kEditVersion = 3;
constexpr std::uint8_t kEditWithoutMark = 2;     // the edit_version without the field `mark`
constexpr std::uint8_t kEditWithoutGarbage = 1;  // without `garbage` too

bool overlaps_a_neighbour(const std::vector<TableInfo>& tables, std::size_t index) {
  const auto touch = [&](std::size_t left) {
    return largest_user_key(tables[left]) >= smallest_user_key(tables[left + 1]);
  };
  return (index > 0 && touch(index - 1)) || (index + 1 < tables.size() && touch(index));
}

void encode_text(std::string_view text, Encoder& out) {
  out.u32(static_cast<std::uint32_t>(text.size()));
  out.text(text);
}

void encode_table(const TableInfo& table, Encoder& out) {
  out.u64(table.number);
  out.u64(table.mark);
  out.u64(table.file_size);
  out.u64(table.entries);
  out.u64(table.garbage);
  encode_text(table.smallest, out);
  encode_text(table.largest, out);
}

// Reads the entry key at the front, as bytes.
std::optional<std::string> decode_key(Decoder& in) {
  const auto size = in.u32();
  const auto bytes = size ? in.bytes(*size) : std::nullopt;
  if (!bytes || !parse_key(as_text(*bytes))) return std::nullopt;
  return std::string(as_text(*bytes));
}

std::optional<TableAt> decode_table(Decoder& in, std::uint8_t edit_version) {
  const auto level = in.u8();
  const auto number = in.u64();
  const auto mark = edit_version < kEditVersion ? 0 : in.u64();
  const auto file_size = in.u64();
  const auto entries = in.u64();
  const auto garbage =
      edit_version == kEditWithoutGarbage ? entries : in.u64();  // at most all of them
  auto smallest = decode_key(in);
  auto largest = decode_key(in);
  if (!level || *level >= kLevels || !garbage || !smallest || !largest) return std::nullopt;
  if (*parse_key(*largest) < *parse_key(*smallest) || *garbage > *entries) return std::nullopt;
  return TableAt{*level,
                 {.number = *number,
                  .mark = *mark,
                  .file_size = *file_size,
                  .entries = *entries,
                  .garbage = *garbage,
                  .smallest = *std::move(smallest),
                  .largest = *std::move(largest)}};
}

std::optional<NumberAt> decode_number(Decoder& in) {
  const auto level = in.u8();
  const auto number = in.u64();
  if (!level || *level >= kLevels || !number) return std::nullopt;
  return NumberAt{*level, *number};
}

// Reads a count, and then as many items with `decode_one`.
template <class T>
bool decode_list(Decoder& in, auto decode_one, std::vector<T>& out) {
  const auto count = in.u32();
  if (!count) return false;
  for (std::uint32_t i = 0; i < *count; ++i) {
    auto one = decode_one(in);
    if (!one) return false;
    out.push_back(*std::move(one));
  }
  return true;
}

}  // namespace

std::string_view smallest_user_key(const TableInfo& table) {
  return parse_key(table.smallest)->user_key;
}
std::string_view largest_user_key(const TableInfo& table) {
  return parse_key(table.largest)->user_key;
}

std::uint64_t Version::table_count() const {
  return std::accumulate(levels.begin(), levels.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& tables) { return sum + tables.size(); });
}

std::uint64_t Version::table_bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& tables : levels)
    for (const TableInfo& table : tables) bytes += table.file_size;
  return bytes;
}

void Version::check_invariants() const {
  STRATA_ASSERT(levels.size() == kLevels);
  STRATA_ASSERT(std::ranges::is_sorted(levels[0], std::greater(), &TableInfo::number));
  for (std::size_t level = 1; level < kLevels; ++level)
    for (std::size_t i = 0; i < levels[level].size(); ++i)
      STRATA_ASSERT(!overlaps_a_neighbour(levels[level], i));
}

Result<Version> apply(const Version& version, const VersionEdit& edit) {
  VersionBuilder builder(version);
  STRATA_TRY(builder.apply(edit));
  return builder.finish();
}

VersionEdit whole(const Version& version) {
  VersionEdit edit{.added = {},
                   .removed = {},
                   .log_start = version.log_start,
                   .sequence = version.sequence,
                   .next_number = version.next_number};
  for (std::size_t level = 0; level < kLevels; ++level)
    for (const TableInfo& table : version.levels[level]) edit.added.push_back({level, table});
  return edit;
}

void encode_edit(const VersionEdit& edit, Bytes& bytes) {
  Encoder out(bytes);
  out.u8(kEditVersion);
  out.u64(edit.log_start.value());
  out.u64(edit.sequence.value());
  out.u64(edit.next_number);
  out.u32(static_cast<std::uint32_t>(edit.removed.size()));
  for (const NumberAt& gone : edit.removed) {
    out.u8(static_cast<std::uint8_t>(gone.level));
    out.u64(gone.number);
  }
  out.u32(static_cast<std::uint32_t>(edit.added.size()));
  for (const TableAt& come : edit.added) {
    out.u8(static_cast<std::uint8_t>(come.level));
    encode_table(come.table, out);
  }
}

Result<VersionEdit> decode_edit(ByteView bytes) {
  Decoder in(bytes);
  const auto version = in.u8();
  if (version && *version != kEditVersion && *version != kEditWithoutMark &&
      *version != kEditWithoutGarbage)
    return unsupported(fmt::format("it has edit version {}; this program knows version {}",
                                   *version, kEditVersion));
  const auto log_start = in.u64();
  const auto sequence = in.u64();
  const auto next_number = in.u64();
  if (!next_number || *sequence > kMaxSequence.value())
    return corruption("an edit is cut short, or its sequence number is none");
  VersionEdit edit{.added = {},
                   .removed = {},
                   .log_start = wal::Position(*log_start),
                   .sequence = SequenceNumber(*sequence),
                   .next_number = *next_number};
  const auto decode_one = [&](Decoder& from) { return decode_table(from, *version); };
  if (!decode_list(in, decode_number, edit.removed) || !decode_list(in, decode_one, edit.added) ||
      in.remaining() != 0)
    return corruption("an edit lists tables that are none");
  return edit;
}

}  // namespace strata::lsm
