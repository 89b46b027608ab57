#include "lsm/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "lsm/table_builder.h"

namespace strata::lsm {
namespace {

// How much a walk reads at a time: from its second block on, and at most. Most walks are short, so
// reading ahead more from the start would be wasted.
constexpr std::size_t kFirstStep = std::size_t{4} << 10;
constexpr std::size_t kMaxStep = std::size_t{256} << 10;
constexpr std::string_view kRestore = "restore the directory from a copy";

}  // namespace

Error Table::damaged(std::uint64_t offset, std::string_view what) const {
  return corruption(
      fmt::format("damage: {} at offset {}: {}; {}", path_.string(), offset, what, kRestore));
}

Result<std::shared_ptr<const Table>> Table::open(env::FileSystem& fs, const env::Path& directory,
                                                 const TableId& id, std::uint64_t file_size,
                                                 const TableReadOptions& options) {
  const env::Path path = directory / table_name(id.number);
  std::shared_ptr<Table> table(new Table(fs, path, file_size, id, options));
  const auto size = table->file_.size();
  if (!size && size.error().code == ErrorCode::kNotFound)
    return corruption(fmt::format("{} is missing; {}", path.string(), kRestore));
  if (!size) return size.error();
  if (*size != file_size)
    return corruption(fmt::format("damage: {} has {} bytes; {} were written; {}", path.string(),
                                  *size, file_size, kRestore));
  STRATA_TRY(table->read_footer());
  return table;
}

std::uint64_t Table::next_opening() {
  static std::atomic<std::uint64_t> openings{0};
  return openings.fetch_add(1, std::memory_order_relaxed);
}

Table::~Table() {
  if (obsolete_.load(std::memory_order_acquire)) static_cast<void>(fs_.remove(path_).has_value());
}

Result<void> Table::read_footer() {
  if (file_size_ < kFooterSize) return damaged(0, "it is too short for a table");
  Bytes magic(kTableMagic.size());
  STRATA_TRY(const std::size_t begun, file_.read_at(0, magic));
  if (begun < magic.size() || as_text(magic) != kTableMagic)
    return damaged(0, "it does not begin as a table does");
  Bytes bytes(kFooterSize);
  const std::uint64_t offset = file_size_ - kFooterSize;
  STRATA_TRY(const std::size_t count, file_.read_at(offset, bytes));
  const auto footer = decode_footer(ByteView(bytes).first(count));
  if (!footer && footer.error().code == ErrorCode::kUnsupported)
    return unsupported(
        fmt::format("{}: {}; use the newer program", path_.string(), footer.error().message));
  if (!footer) return damaged(offset, footer.error().message);
  if (footer->id != id_) return damaged(offset, "it is another file, under this name");
  footer_ = *footer;
  STRATA_TRY(std::string index, read_contents(footer->index));
  auto parsed = TableIndex::parse(std::move(index));
  if (!parsed) return damaged(footer->index.offset, parsed.error().message);
  index_ = *std::move(parsed);
  return read_filter(*footer);
}

Result<void> Table::read_filter(const Footer& footer) {
  if (!options_.filter || footer.filter.size == 0) return {};
  STRATA_TRY(const std::string properties, read_contents(footer.properties));
  const std::string ours = fmt::format("\nfilter: {}\n", options_.filter->name());
  if (properties.find(ours) == std::string::npos) return {};
  STRATA_TRY(filter_, read_contents(footer.filter));
  return {};
}

// A handle from a damaged index may hold any numbers.
Result<void> Table::check_handle(const BlockHandle& handle) const {
  if (handle.offset > file_size_ || handle.size > file_size_ - handle.offset ||
      kBlockTrailerSize > file_size_ - handle.offset - handle.size)
    return damaged(handle.offset, "a block reaches behind the end of the file");
  return {};
}

Result<std::string> Table::read_bytes(std::uint64_t offset, std::size_t size) const {
  Result<std::size_t> count = 0;
  std::string bytes;
  bytes.resize_and_overwrite(size, [&](char* into, std::size_t) {
    count = file_.read_at(offset, std::as_writable_bytes(std::span(into, size)));
    return count.value_or(0);
  });
  if (!count) return std::move(count).error();
  return bytes;
}

Result<std::string_view> Table::read_ahead(const BlockHandle& handle, Ahead& ahead) const {
  const std::size_t size = handle.size + kBlockTrailerSize;
  if (handle.offset < ahead.offset || handle.offset + size > ahead.end()) {
    ahead.step =
        ahead.leads_to(handle.offset) ? std::clamp(2 * ahead.step, kFirstStep, kMaxStep) : 0;
    const std::uint64_t rest = file_size_ - handle.offset;
    ahead.offset = handle.offset;
    STRATA_TRY(ahead.bytes,
               read_bytes(handle.offset, std::max<std::uint64_t>(
                                             size, std::min<std::uint64_t>(ahead.step, rest))));
  }
  return std::string_view(ahead.bytes).substr(handle.offset - ahead.offset, size);
}

Result<std::string> Table::unpack(std::uint8_t codec, std::string_view packed,
                                  std::uint64_t offset) const {
  const auto known = std::ranges::find_if(
      options_.codecs, [&](const auto& candidate) { return candidate->number() == codec; });
  if (known == options_.codecs.end())
    return unsupported(
        fmt::format("{}: a block at offset {} is compressed in a way (number {}) "
                    "that this program does not know; use the newer program",
                    path_.string(), offset, codec));
  auto contents = (*known)->decompress(packed);
  if (!contents) return damaged(offset, contents.error().message);
  return contents;
}

Result<std::string> Table::read_contents(const BlockHandle& handle, Ahead* ahead) const {
  STRATA_TRY(check_handle(handle));
  std::string own;
  std::string_view stored;
  if (ahead) {
    STRATA_TRY(stored, read_ahead(handle, *ahead));
  } else {
    STRATA_TRY(own, read_bytes(handle.offset, handle.size + kBlockTrailerSize));
    stored = own;
  }
  const auto codec = check_trailer(stored, seed_, handle.offset);
  if (!codec) return damaged(handle.offset, "a block does not match its checksum");
  if (*codec != kPlain) return unpack(*codec, stored.substr(0, handle.size), handle.offset);
  if (ahead) return std::string(stored.substr(0, handle.size));
  own.resize(handle.size);
  return own;
}

Result<std::shared_ptr<const Block>> Table::read_block(const BlockHandle& handle, Reach reach,
                                                       Ahead* ahead, Caching caching) const {
  const BlockCache::Place place{opening_, handle.offset};
  BlockCache* const cache = caching == Caching::kKeep ? options_.cache.get() : nullptr;
  if (cache)
    if (auto kept = cache->find(place)) return kept;
  if (reach == Reach::kMemory) return unavailable("not in memory");
  STRATA_TRY(std::string contents, read_contents(handle, ahead));
  auto block = Block::parse(std::move(contents));
  if (!block) return damaged(handle.offset, block.error().message);
  if (cache) cache->insert(place, *block);
  return block;
}

Result<std::optional<StoredVersion>> Table::get(std::string_view user_key, SequenceNumber sequence,
                                                Reach reach) const {
  // TASK 2.5: if filter_ is not empty, ask options_.filter once whether the table may contain
  // hash_of(user_key); if not, return nullopt and read nothing. Then index_ finds the only block
  // that can hold EntryKey::visible_at() or the entry after it. Read this block, as far as `reach`
  // allows, and seek in it. Return the version, be it a put or a deletion; nullopt if the block has
  // none of this key. If the block is broken, return damaged() with the block's offset.
  if (!filter_.empty() && !options_.filter->may_contain(filter_, hash_of(user_key)))
    return std::nullopt;
  const EntryKey target = EntryKey::visible_at(user_key, sequence);
  const std::size_t at = index_.find(target);
  if (at == index_.size()) return std::nullopt;
  STRATA_TRY(auto block, read_block(index_.handle(at), reach));
  BlockIterator it(std::move(block));
  it.seek(target);
  if (!it.status()) return damaged(index_.handle(at).offset, it.status().error().message);
  if (!it.valid() || it.key().user_key != user_key) return std::nullopt;
  return StoredVersion{it.key().kind(), std::string(it.value())};
  // END TASK 2.5
}

}  // namespace strata::lsm
