#include "lsm/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/not_written.h"  // what the starter throws
#include "lsm/table_builder.h"

namespace strata::lsm {
namespace {

// What a walk reads at a time when it comes to the second block, and at most.
constexpr std::size_t kFirstStep = std::size_t{16} << 10;
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
  auto file = fs.open_for_read(path);
  if (!file && file.error().code == ErrorCode::kNotFound)
    return corruption(fmt::format("{} is missing; {}", path.string(), kRestore));
  if (!file) return std::move(file).error();
  STRATA_TRY(const std::uint64_t size, (*file)->size());
  if (size != file_size)
    return corruption(fmt::format("damage: {} has {} bytes; {} were written; {}", path.string(),
                                  size, file_size, kRestore));
  std::shared_ptr<Table> table(new Table(fs, path, *std::move(file), size, id, options));
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
  STRATA_TRY(const std::size_t begun, file_->read_at(0, magic));
  if (begun < magic.size() || as_text(magic) != kTableMagic)
    return damaged(0, "it does not begin as a table does");
  Bytes bytes(kFooterSize);
  const std::uint64_t offset = file_size_ - kFooterSize;
  STRATA_TRY(const std::size_t count, file_->read_at(offset, bytes));
  const auto footer = decode_footer(ByteView(bytes).first(count));
  if (!footer && footer.error().code == ErrorCode::kUnsupported)
    return unsupported(
        fmt::format("{}: {}; use the newer program", path_.string(), footer.error().message));
  if (!footer) return damaged(offset, footer.error().message);
  if (footer->id.store_id != id_.store_id || footer->id.number != id_.number)
    return damaged(offset, "it is another file, under this name");
  Ahead ahead;
  index_offset_ = footer->index.offset;
  STRATA_TRY(index_, read_block(footer->index, ahead));
  if (options_.filter && footer->filter.size > 0) {
    STRATA_TRY(const std::string properties, read_contents(footer->properties, ahead));
    const std::string ours = fmt::format("\nfilter: {}\n", options_.filter->name());
    if (properties.find(ours) != std::string::npos) {
      STRATA_TRY(filter_, read_contents(footer->filter, ahead));
    }
  }
  return {};
}

Result<std::string_view> Table::read_stored(const BlockHandle& handle, Ahead& ahead) const {
  // A handle from a damaged index may say anything.
  if (handle.offset > file_size_ || handle.size > file_size_ - handle.offset ||
      kBlockTrailerSize > file_size_ - handle.offset - handle.size)
    return damaged(handle.offset, "a block reaches behind the end of the file");
  const std::size_t size = handle.size + kBlockTrailerSize;
  if (handle.offset < ahead.offset || handle.offset + size > ahead.end()) {
    const bool walking =
        !ahead.bytes.empty() && handle.offset <= ahead.end() && handle.offset > ahead.offset;
    ahead.step = walking ? std::clamp(2 * ahead.step, kFirstStep, kMaxStep) : 0;
    const std::uint64_t rest = file_size_ - handle.offset;
    ahead.bytes.resize(std::max<std::uint64_t>(size, std::min<std::uint64_t>(ahead.step, rest)));
    ahead.offset = handle.offset;
    auto count = file_->read_at(handle.offset, std::as_writable_bytes(std::span(ahead.bytes)));
    if (!count || *count < size) ahead.bytes.clear();
    if (!count) return std::move(count).error();
    if (*count < size) return damaged(handle.offset, "the file ends within a block");
  }
  return std::string_view(ahead.bytes).substr(handle.offset - ahead.offset, size);
}

Result<std::string> Table::read_contents(const BlockHandle& handle, Ahead& ahead) const {
  STRATA_TRY(std::string_view stored, read_stored(handle, ahead));
  const auto codec = check_trailer(stored, seed_, handle.offset);
  if (!codec) return damaged(handle.offset, "a block does not match its checksum");
  stored.remove_suffix(kBlockTrailerSize);
  if (*codec == kPlain) return std::string(stored);
  const auto known = std::ranges::find(options_.codecs, *codec, &Codec::number);
  if (known == options_.codecs.end())
    return unsupported(
        fmt::format("{}: a block at offset {} is compressed in a way (number {}) "
                    "that this program does not know; use the newer program",
                    path_.string(), handle.offset, *codec));
  auto contents = (*known)->decompress(stored);
  if (!contents) return damaged(handle.offset, contents.error().message);
  return contents;
}

Result<std::shared_ptr<const Block>> Table::read_block(const BlockHandle& handle,
                                                       Ahead& ahead) const {
  const BlockCache::Place place{opening_, handle.offset};
  if (options_.cache)
    if (auto kept = options_.cache->find(place)) return kept;
  STRATA_TRY(std::string contents, read_contents(handle, ahead));
  auto block = Block::parse(std::move(contents));
  if (!block) return damaged(handle.offset, block.error().message);
  if (options_.cache) options_.cache->insert(place, *block);
  return block;
}

Result<void> Table::check_index(const EntryIterator& index) const {
  if (const auto read = index.status(); !read) return damaged(index_offset_, read.error().message);
  return {};
}

Result<BlockHandle> Table::handle_at(const EntryIterator& index) const {
  const auto handle = parse_handle(index.value());
  if (!handle) return damaged(index_offset_, "an entry of the index names no block");
  return *handle;
}

Result<std::optional<StoredVersion>> Table::get(std::string_view user_key,
                                                SequenceNumber sequence) const {
  // TASK 2.5: ask the filter, if there is one. Then seek in the index: its value is the
  // handle of the one block in which EntryKey::visible_at() or what follows it can be.
  if (!filter_.empty() && !options_.filter->may_contain(filter_, hash_of(user_key)))
    return std::nullopt;
  const EntryKey target = EntryKey::visible_at(user_key, sequence);
  const auto index = Block::iterate(*index_);
  index->seek(target);
  STRATA_TRY(check_index(*index));
  if (!index->valid()) return std::nullopt;
  STRATA_TRY(const BlockHandle handle, handle_at(*index));
  Ahead ahead;
  STRATA_TRY(auto block, read_block(handle, ahead));
  const auto it = Block::iterate(std::move(block));
  it->seek(target);
  if (!it->status()) return damaged(handle.offset, it->status().error().message);
  if (!it->valid() || it->key().user_key != user_key) return std::nullopt;
  return StoredVersion{it->key().kind(), std::string(it->value())};
  // END TASK 2.5
}

// Two levels: a place in the index, and in the block that it names.
class TableIterator final : public EntryIterator {
 public:
  explicit TableIterator(std::shared_ptr<const Table> table)
      : table_(std::move(table)), index_(Block::iterate(*table_->index_)) {}

  bool valid() const override { return block_ && block_->valid(); }
  void seek_to_first() override {
    index_->seek_to_first();
    if (open_block()) block_->seek_to_first();
    skip_forward();
  }
  void seek_to_last() override {
    index_->seek_to_last();
    if (open_block()) block_->seek_to_last();
    skip_backward();
  }
  void seek(const EntryKey& target) override {
    index_->seek(target);
    if (open_block()) block_->seek(target);
    skip_forward();
  }
  void next() override {
    block_->next();
    skip_forward();
  }
  void prev() override {
    block_->prev();
    skip_backward();
  }
  EntryKey key() const override { return block_->key(); }
  std::string_view value() const override { return block_->value(); }
  Result<void> status() const override {
    if (!status_) return status_;
    if (block_ && !block_->status())
      return table_->damaged(handle_.offset, block_->status().error().message);
    return {};
  }

 private:
  // Opens the block that the index stands at; false at its end, and after an error.
  bool open_block() {
    block_.reset();
    if (!status_) return false;
    status_ = find_block();
    return status_ && block_;
  }
  Result<void> find_block() {
    STRATA_TRY(table_->check_index(*index_));
    if (!index_->valid()) return {};
    STRATA_TRY(handle_, table_->handle_at(*index_));
    STRATA_TRY(auto block, table_->read_block(handle_, ahead_));
    block_ = Block::iterate(std::move(block));
    return {};
  }
  // Where a block has come to its end, on to the next one.
  void skip_forward() {
    while (block_ && !block_->valid() && block_->status()) {
      index_->next();
      if (open_block()) block_->seek_to_first();
    }
  }
  void skip_backward() {
    while (block_ && !block_->valid() && block_->status()) {
      index_->prev();
      if (open_block()) block_->seek_to_last();
    }
  }

  const std::shared_ptr<const Table> table_;
  const std::unique_ptr<EntryIterator> index_;
  std::unique_ptr<EntryIterator> block_;
  BlockHandle handle_;  // of block_
  Table::Ahead ahead_;
  Result<void> status_;
};

std::unique_ptr<EntryIterator> Table::iterate(std::shared_ptr<const Table> table) {
  return std::make_unique<TableIterator>(std::move(table));
}

}  // namespace strata::lsm
