#include "lsm/table_builder.h"

#include <fmt/format.h>

#include "base/assert.h"

namespace strata::lsm {
namespace {

constexpr std::size_t kWriteSize = std::size_t{256} << 10;  // bytes handed to the file at once

}  // namespace

TableBuilder::TableBuilder(std::unique_ptr<env::WritableFile> file, const TableId& id,
                           const TableOptions& options)
    : file_(std::move(file)),
      id_(id),
      seed_(id.checksum_seed()),
      options_(options),
      data_(options.restart_interval),
      index_(1) {
  info_.number = id.number;
  info_.mark = id.mark;
  out_.append(kTableMagic);
}

Result<std::unique_ptr<TableBuilder>> TableBuilder::create(env::FileSystem& fs,
                                                           const env::Path& directory,
                                                           const TableId& id,
                                                           const TableOptions& options) {
  STRATA_TRY(auto file, fs.create(directory / table_name(id.number)));
  return std::unique_ptr<TableBuilder>(new TableBuilder(std::move(file), id, options));
}

Result<void> TableBuilder::add(const EntryKey& key, std::string_view value) {
  const bool another = key_.empty() || key.user_key != parse_key(key_)->user_key;
  // One hash for each user key, however many versions the key has.
  if (options_.filter && another) key_hashes_.push_back(hash_of(key.user_key));
  if (!another || key.kind() == OperationKind::kDelete) ++info_.garbage;
  key_.clear();
  append_key(key, key_);
  if (info_.entries == 0) info_.smallest = key_;
  ++info_.entries;
  data_.add(key_, value);
  if (data_.size() < options_.block_size) return {};
  return finish_data_block();
}

Result<void> TableBuilder::finish_data_block() {
  // TASK 2.5: do nothing if data_ is empty. Otherwise write the block, and add an entry to index_:
  // the block's last key, and its handle as bytes (append_handle). Reset data_. A search finds the
  // first index entry that is not less than the target; only the block of this entry can hold the
  // target.
  if (data_.empty()) return {};
  STRATA_TRY(const BlockHandle handle, write_block(data_.finish()));
  std::string where;
  append_handle(handle, where);
  index_.add(data_.last_key(), where);
  data_.reset();
  return {};
  // END TASK 2.5
}

Result<BlockHandle> TableBuilder::write_block(std::string_view contents) {
  const std::size_t start = out_.size();
  const std::uint64_t offset = file_end();
  const auto smaller = options_.codec ? options_.codec->compress(contents) : std::nullopt;
  out_.append(smaller ? std::string_view(*smaller) : contents);
  const std::uint64_t size = out_.size() - start;
  append_trailer(smaller ? options_.codec->number() : kPlain, seed_, offset, start, out_);
  if (out_.size() >= kWriteSize) STRATA_TRY(write_out());
  return BlockHandle{offset, size};
}

Result<void> TableBuilder::write_out() {
  STRATA_TRY(file_->write_at(written_, as_bytes(out_)));
  file_->begin_writing_back(written_, written_ + out_.size());
  written_ += out_.size();
  out_.clear();
  return {};
}

// Lines for people. A reader needs only `filter`, and only if it wants to use a filter.
std::string TableBuilder::properties() const {
  return fmt::format("entries: {}\nfilter: {}\n", info_.entries,
                     options_.filter ? options_.filter->name() : "none");
}

Result<TableInfo> TableBuilder::finish() {
  STRATA_ASSERT(info_.entries > 0);
  STRATA_TRY(finish_data_block());
  Footer footer{.id = id_, .index = {}, .filter = {}, .properties = {}};
  if (options_.filter) {
    STRATA_TRY(footer.filter, write_block(options_.filter->build(key_hashes_)));
  }
  STRATA_TRY(footer.index, write_block(index_.finish()));
  STRATA_TRY(footer.properties, write_block(properties()));
  out_.append(as_text(encode_footer(footer)));
  STRATA_TRY(write_out());
  STRATA_TRY(file_->sync());
  info_.largest = key_;
  info_.file_size = written_;
  return info_;
}

}  // namespace strata::lsm
