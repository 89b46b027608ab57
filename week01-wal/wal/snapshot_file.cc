#include "wal/snapshot_file.h"

#include <fmt/format.h>

#include "base/checksum.h"
#include "wal/frame.h"

namespace strata::wal {
namespace {

constexpr std::string_view kSnapshotSuffix = ".snap";
constexpr std::size_t kChecksumOffset = kSnapshotHeaderSize - sizeof(std::uint64_t);
constexpr std::size_t kFooterSize = 16;

Bytes encode_header(const SnapshotHeader& header) {
  Bytes bytes;
  Encoder out(bytes);
  out.text(kSnapshotMagic);
  out.u32(kSnapshotVersion);
  out.u32(kSnapshotHeaderSize);
  out.u64(header.log_id);
  out.u64(header.position.value());
  out.u64(static_cast<std::uint64_t>(header.timestamp.count()));
  out.u64(checksum64(bytes));
  return bytes;
}

// The checksums of a snapshot's frames depend on its header. So a frame of the log, or of another
// snapshot, is not accepted here.
std::uint64_t frame_id_of(ByteView header) { return checksum64(header, kSnapshotHeaderSize); }

env::Path temporary_path(const env::Path& directory, const SnapshotHeader& header) {
  env::Path path = directory / snapshot_name(header.position);
  path += env::kTemporarySuffix;
  return path;
}

}  // namespace

std::string snapshot_name(Position position) { return file_name(position, kSnapshotSuffix); }

std::optional<Position> parse_snapshot_name(std::string_view name) {
  return parse_file_name(name, kSnapshotSuffix);
}

SnapshotWriter::SnapshotWriter(env::FileSystem& fs, env::Path directory,
                               const SnapshotHeader& header,
                               std::unique_ptr<env::WritableFile> file)
    : fs_(fs),
      directory_(std::move(directory)),
      header_(header),
      frame_id_(frame_id_of(encode_header(header))),
      temporary_(temporary_path(directory_, header)),
      file_(std::move(file)) {}

SnapshotWriter::~SnapshotWriter() {
  // This only frees the space. If it fails, the next opening of the store removes the file.
  if (!named_) static_cast<void>(fs_.remove(temporary_).has_value());
}

Result<std::unique_ptr<SnapshotWriter>> SnapshotWriter::create(env::FileSystem& fs,
                                                               const env::Path& directory,
                                                               const SnapshotHeader& header) {
  const env::Path temporary = temporary_path(directory, header);
  STRATA_TRY(const env::FileKind left_over, fs.kind_of(temporary));
  if (left_over == env::FileKind::kFile) STRATA_TRY(fs.remove(temporary));
  STRATA_TRY(auto file, fs.create(temporary));
  STRATA_TRY(file->write_at(0, encode_header(header)));
  return std::unique_ptr<SnapshotWriter>(
      new SnapshotWriter(fs, directory, header, std::move(file)));
}

Result<void> SnapshotWriter::write_frame(ByteView payload) {
  buffer_.clear();
  encode_frame(frame_id_, end_, end_, payload, buffer_);
  STRATA_TRY(file_->write_at(kSnapshotHeaderSize + end_.value(), buffer_));
  end_ = end_ + buffer_.size();
  return {};
}

Result<void> SnapshotWriter::add(const WriteBatch& batch) {
  payload_.clear();
  encode_batch(batch, header_.timestamp, payload_);
  entry_count_ += batch.count();
  return write_frame(payload_);
}

Result<void> SnapshotWriter::finish(Position log_end) {
  STRATA_TRY(write_frame({}));  // an empty frame: the footer follows
  payload_.clear();
  Encoder out(payload_);
  out.u64(entry_count_);
  out.u64(log_end.value());
  STRATA_TRY(write_frame(payload_));
  // TASK 1.7: sync the file before you rename it from temporary_ to its name in directory_. The
  // name must be durable too before this returns. Set named_ as soon as the file has its name.
  STRATA_TRY(file_->sync());
  STRATA_TRY(fs_.rename(temporary_, directory_ / snapshot_name(header_.position)));
  named_ = true;
  return fs_.sync_directory(directory_);
  // END TASK 1.7
}

Error SnapshotReader::damaged(std::string_view what) const {
  return corruption(fmt::format("damage: {} at offset {}: {}; restore the directory from a copy",
                                path_.string(), next_offset_, what));
}

Result<SnapshotReader> SnapshotReader::open(env::FileSystem& fs, const env::Path& path,
                                            std::uint64_t log_id) {
  STRATA_TRY(auto reader, open_any(fs, path));
  if (reader.header_.log_id != log_id) return reader.damaged("it belongs to another store");
  if (parse_snapshot_name(path.filename().string()) != reader.header_.position)
    return reader.damaged("its name is not the one it was written under");
  return reader;
}

Result<SnapshotReader> SnapshotReader::open_any(env::FileSystem& fs, const env::Path& path) {
  STRATA_TRY(auto file, fs.open_for_read(path));
  SnapshotReader reader(path, std::move(file));
  STRATA_TRY(reader.file_size_, reader.file_->size());
  STRATA_TRY(reader.read_header());
  return reader;
}

Result<void> SnapshotReader::read_header() {
  Bytes bytes(kSnapshotHeaderSize);
  STRATA_TRY(const std::size_t count, file_->read_at(0, bytes));
  if (count < bytes.size()) return damaged("the file ends within its header");
  Decoder in(bytes);
  if (as_text(*in.bytes(kSnapshotMagic.size())) != kSnapshotMagic)
    return damaged("it does not begin as a snapshot does");
  if (const std::uint32_t version = *in.u32(); version != kSnapshotVersion)
    return unsupported(
        fmt::format("{}: it has snapshot version {}; this program knows version {}; "
                    "use the newer program",
                    path_.string(), version, kSnapshotVersion));
  const std::uint32_t header_size = *in.u32();
  header_.log_id = *in.u64();
  header_.position = Position(*in.u64());
  header_.timestamp = Timestamp(static_cast<std::int64_t>(*in.u64()));
  if (header_size != kSnapshotHeaderSize ||
      *in.u64() != checksum64(ByteView(bytes).first(kChecksumOffset)))
    return damaged("the header does not match its checksum");
  if (header_.position >= kPositionLimit) return damaged("it covers more than any log holds");
  frame_id_ = frame_id_of(bytes);
  return {};
}

Result<ByteView> SnapshotReader::read_frame() {
  const Position position(next_offset_ - kSnapshotHeaderSize);
  buffer_.resize(kFrameHeaderSize);
  STRATA_TRY(const std::size_t count, file_->read_at(next_offset_, buffer_));
  const auto header = decode_header(frame_id_, position, ByteView(buffer_).first(count));
  if (!header) return damaged(name_of(header.error()));
  const std::size_t size = frame_size(header->payload_size);
  // The checksum is right, but somebody may have forged it: allocate no more than the file holds.
  if (size > file_size_ - next_offset_) return damaged(name_of(FrameFault::kShortPayload));
  buffer_.resize(size);
  STRATA_TRY(const std::size_t whole, file_->read_at(next_offset_, buffer_));
  const auto frame = decode_frame(frame_id_, position, ByteView(buffer_).first(whole));
  if (!frame) return damaged(name_of(frame.error()));
  frame_offset_ = next_offset_;
  next_offset_ += frame->size;
  return frame->payload;
}

Result<std::optional<ByteView>> SnapshotReader::next() {
  STRATA_TRY(const ByteView payload, read_frame());
  if (payload.empty()) {
    STRATA_TRY(read_footer());
    return std::nullopt;
  }
  EntryReader entries(payload);
  for (;;) {
    auto entry = entries.next();
    if (!entry) return damaged(entry.error().message);
    if (!*entry) return payload;
    ++entry_count_;
  }
}

Result<void> SnapshotReader::read_footer() {
  STRATA_TRY(const ByteView payload, read_frame());
  if (payload.size() != kFooterSize) return damaged("the footer has the wrong size");
  Decoder in(payload);
  footer_.entry_count = *in.u64();
  footer_.log_end = Position(*in.u64());
  if (footer_.entry_count != entry_count_)
    return damaged(fmt::format("the footer counts {} entries; there are {}", footer_.entry_count,
                               entry_count_));
  if (next_offset_ != file_size_) return damaged("there are bytes behind the footer");
  return {};
}

}  // namespace strata::wal
