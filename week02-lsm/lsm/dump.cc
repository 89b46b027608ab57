#include "lsm/dump.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "lsm/block.h"
#include "lsm/manifest.h"
#include "lsm/table_format.h"
#include "wal/dump.h"

namespace strata::lsm {
namespace {

constexpr std::size_t kShownBytes = 60;

std::string shown(std::string_view bytes) {
  if (bytes.size() <= kShownBytes) return printable(bytes);
  return fmt::format("{}... ({} bytes)", printable(bytes.substr(0, kShownBytes)), bytes.size());
}

std::vector<std::shared_ptr<const Codec>>& known_codecs() {
  static std::vector<std::shared_ptr<const Codec>> codecs;
  return codecs;
}

// One file, and whether damage has been found in it so far. Holds one block in memory at a time.
class TableDump {
 public:
  TableDump(const env::RandomAccessFile& file, std::uint64_t size, std::ostream& out)
      : file_(file), size_(size), out_(out) {}

  Result<DumpVerdict> run();

 private:
  // Returns the bytes [offset, offset + size). Requires: they are in the file.
  Result<std::string> read(std::uint64_t offset, std::size_t size) const;
  // Returns the contents of a block. If they cannot be read, prints why and returns nothing.
  std::optional<std::string> contents(std::string_view what, const BlockHandle& handle);
  std::optional<std::string> unpacked(const BlockHandle& handle, std::uint8_t codec,
                                      std::string_view packed);
  void print_entries(const BlockHandle& handle, std::string contents);
  void print_filter();
  void print_data(std::string index);
  void damage(std::uint64_t offset, std::string_view what) {
    verdict_ = DumpVerdict::kDamaged;
    out_ << fmt::format("DAMAGE at offset {}: {}\n", offset, what);
  }

  const env::RandomAccessFile& file_;
  const std::uint64_t size_;
  std::ostream& out_;
  Footer footer_;
  std::uint64_t keys_ = 0;  // user keys in the printed entries
  std::string last_key_;
  DumpVerdict verdict_ = DumpVerdict::kSound;
};

Result<DumpVerdict> TableDump::run() {
  if (size_ < kFooterSize) return corruption("it is too short for a table");
  STRATA_TRY(const std::string end, read(size_ - kFooterSize, kFooterSize));
  STRATA_TRY(footer_, decode_footer(as_bytes(end)));
  const std::uint64_t footer_at = size_ - footer_.size();
  if (auto index = contents("index block", footer_.index)) print_data(*std::move(index));
  if (footer_.filter.size > 0) print_filter();
  if (const auto properties = contents("properties block", footer_.properties)) out_ << *properties;
  out_ << fmt::format(
      "footer at offset {}: store {:016x}, table {}, mark {:016x}, index at {}, filter at {}, "
      "properties at {}, version {}\n",
      footer_at, footer_.id.store_id, footer_.id.number, footer_.id.mark, footer_.index.offset,
      footer_.filter.offset, footer_.properties.offset, footer_.version());
  return verdict_;
}

Result<std::string> TableDump::read(std::uint64_t offset, std::size_t size) const {
  std::string bytes(size, '\0');
  STRATA_TRY(const std::size_t count,
             file_.read_at(offset, std::as_writable_bytes(std::span(bytes))));
  bytes.resize(count);
  return bytes;
}

std::optional<std::string> TableDump::contents(std::string_view what, const BlockHandle& handle) {
  const std::uint64_t room = size_ - footer_.size();
  if (handle.offset > room || handle.size > room - handle.offset ||
      kBlockTrailerSize > room - handle.offset - handle.size) {
    damage(handle.offset, fmt::format("the {} would reach behind the end", what));
    return std::nullopt;
  }
  const auto read_block = read(handle.offset, handle.size + kBlockTrailerSize);
  if (!read_block) {
    damage(handle.offset,
           fmt::format("the {} cannot be read: {}", what, read_block.error().message));
    return std::nullopt;
  }
  const std::string_view stored = *read_block;
  const auto codec = check_trailer(stored, footer_.id.checksum_seed(), handle.offset);
  if (!codec) {
    damage(handle.offset, fmt::format("the {} does not match its checksum", what));
    return std::nullopt;
  }
  out_ << fmt::format("{} at offset {}, {} bytes, codec {}\n", what, handle.offset, handle.size,
                      *codec);
  if (*codec == kPlain) return std::string(stored.substr(0, handle.size));
  return unpacked(handle, *codec, stored.substr(0, handle.size));
}

std::optional<std::string> TableDump::unpacked(const BlockHandle& handle, std::uint8_t codec,
                                               std::string_view packed) {
  const auto known = std::ranges::find(known_codecs(), codec,
                                       [](const auto& candidate) { return candidate->number(); });
  if (known == known_codecs().end()) {
    out_ << "  compressed\n";
    return std::nullopt;
  }
  auto contents = (*known)->decompress(packed);
  if (!contents) {
    damage(handle.offset, contents.error().message);
    return std::nullopt;
  }
  out_ << fmt::format("  {} bytes unpacked\n", contents->size());
  return *std::move(contents);
}

// Only the filter's own policy can say whether it contains a key. But its size shows how good it
// is.
void TableDump::print_filter() {
  const auto filter = contents("filter block", footer_.filter);
  if (!filter || keys_ == 0) return;
  const std::uint64_t bits = 8 * filter->size();
  out_ << fmt::format("  {} bits for {} key{}: {:.1f} a key\n", bits, keys_, keys_ == 1 ? "" : "s",
                      static_cast<double>(bits) / static_cast<double>(keys_));
}

void TableDump::print_entries(const BlockHandle& handle, std::string contents) {
  const auto block = Block::parse(std::move(contents));
  if (!block) return damage(handle.offset, block.error().message);
  const auto it = std::make_unique<BlockIterator>(*block);
  for (it->seek_to_first(); it->valid(); it->next()) {
    const EntryKey key = it->key();
    if (keys_ == 0 || key.user_key != last_key_) ++keys_;
    last_key_ = key.user_key;
    const bool put = key.kind() == OperationKind::kPut;
    out_ << fmt::format("  {} {}  sequence {}{}{}\n", put ? "PUT   " : "DELETE",
                        shown(key.user_key), key.sequence().value(), put ? "  " : "",
                        put ? shown(it->value()) : "");
  }
  if (const auto read = it->status(); !read) damage(handle.offset, read.error().message);
}

void TableDump::print_data(std::string index) {
  const auto block = Block::parse(std::move(index));
  if (!block) return damage(footer_.index.offset, block.error().message);
  const auto it = std::make_unique<BlockIterator>(*block);
  for (it->seek_to_first(); it->valid(); it->next()) {
    const auto handle = parse_handle(it->value());
    if (!handle) return damage(footer_.index.offset, "an entry of the index is no handle");
    if (auto data = contents("data block", *handle)) print_entries(*handle, *std::move(data));
  }
  if (const auto read = it->status(); !read) damage(footer_.index.offset, read.error().message);
}

void print_record(ByteView payload, std::ostream& out) {
  if (is_piece(payload)) {
    out << fmt::format("            a piece of a long record: {} bytes\n", payload.size() - 1);
    return;
  }
  const ManifestRecord record = *decode_record(payload);
  const VersionEdit& edit = record.edit;
  out << fmt::format("            {}: log_start {}, sequence {}, next_number {}\n",
                     record.whole ? "the whole version" : "edit", edit.log_start.value(),
                     edit.sequence.value(), edit.next_number);
  for (const NumberAt& gone : edit.removed)
    out << fmt::format("            remove table {} from level {}\n", gone.number, gone.level);
  for (const auto& [level, table] : edit.added)
    out << fmt::format(
        "            add table {} to level {}: {} bytes, {} entries, {} garbage, {} .. {}, "
        "mark {:016x}\n",
        table.number, level, table.file_size, table.entries, table.garbage,
        shown(parse_key(table.smallest)->user_key), shown(parse_key(table.largest)->user_key),
        table.mark);
}

}  // namespace

Result<DumpVerdict> dump_table(env::FileSystem& fs, const env::Path& path, std::ostream& out) {
  STRATA_TRY(const auto file, fs.open_for_read(path));
  STRATA_TRY(const std::uint64_t size, file->size());
  out << fmt::format("table {}, {} bytes\n", path.filename().string(), size);
  auto verdict = TableDump(*file, size, out).run();
  if (!verdict)
    return Error{verdict.error().code,
                 fmt::format("{}: {}", path.string(), verdict.error().message)};
  return verdict;
}

void register_dump_codec(std::shared_ptr<const Codec> codec) {
  known_codecs().push_back(std::move(codec));
}

void register_dumpers() {
  register_dumper({.kind = "table",
                   .matches = [](ByteView head) { return as_text(head).starts_with(kTableMagic); },
                   .dump = dump_table});
  wal::register_payload_dumper(
      {.matches =
           [](ByteView payload) { return is_piece(payload) || decode_record(payload).has_value(); },
       .print = print_record});
}

}  // namespace strata::lsm
