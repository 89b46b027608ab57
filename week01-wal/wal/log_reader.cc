#include "wal/log_reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace strata::wal {
namespace {

// Larger than any segment that Log creates. A longer file is not a segment.
constexpr std::uint64_t kMaxSegmentFile = std::uint64_t{2} << 30;
constexpr std::size_t kReadStep = std::size_t{256} << 10;  // bytes
constexpr std::string_view kRestore = "restore the directory from a copy";
constexpr std::string_view kUpgrade = "use the newer program";

// Where the zeros begin with which the file ends.
Result<std::uint64_t> end_of_content(const env::RandomAccessFile& file, std::uint64_t size) {
  Bytes piece;
  for (std::uint64_t end = size; end > 0;) {
    const std::uint64_t begin = end - std::min<std::uint64_t>(end, kReadStep);
    piece.resize(end - begin);
    STRATA_TRY(const std::size_t count, file.read_at(begin, piece));
    piece.resize(count);
    const auto last =
        std::find_if(piece.rbegin(), piece.rend(), [](std::byte b) { return b != std::byte{0}; });
    if (last != piece.rend()) return begin + static_cast<std::uint64_t>(piece.rend() - last);
    end = begin;
  }
  return 0;
}

// Reads the file, but only as many zeros at its end as the largest frame can have there. So a file
// that was made longer with zeros takes no more memory than its content.
Result<Bytes> read_segment(const env::RandomAccessFile& file, std::uint64_t size,
                           const env::Path& path, Bytes bytes) {
  if (size > kMaxSegmentFile)
    return corruption(fmt::format("{} has {} bytes; at most {} were expected", path.string(), size,
                                  kMaxSegmentFile));
  STRATA_TRY(const std::uint64_t content, end_of_content(file, size));
  bytes.resize(std::min(size, content + frame_size(kMaxPayloadSize)));
  STRATA_TRY(const std::size_t count, file.read_at(0, bytes));
  bytes.resize(count);
  return bytes;
}

}  // namespace

Result<LoadedSegment> load_segment(env::FileSystem& fs, const env::Path& path, Bytes reuse) {
  STRATA_TRY(const auto file, fs.open_for_read(path));
  STRATA_TRY(const std::uint64_t size, file->size());
  STRATA_TRY(Bytes bytes, read_segment(*file, size, path, std::move(reuse)));
  auto header = decode_segment_header(bytes);
  if (!header)
    return Error{header.error().code,
                 fmt::format("{}: {}; {}", path.string(), header.error().message,
                             header.error().code == ErrorCode::kUnsupported ? kUpgrade : kRestore)};
  if (parse_segment_name(path.filename().string()) != header->base)
    return corruption(
        fmt::format("{}: its header says that it begins at {}; it is a renamed or "
                    "copied file; {}",
                    path.string(), header->base.value(), kRestore));
  return LoadedSegment{*header, std::move(bytes), size};
}

Result<std::vector<Position>> list_segments(env::FileSystem& fs, const env::Path& directory) {
  std::vector<Position> bases;
  STRATA_TRY(const env::FileKind kind, fs.kind_of(directory));
  std::vector<std::string> names;
  if (kind != env::FileKind::kMissing) {
    STRATA_TRY(names, fs.list(directory));
  }
  for (const std::string& name : names)
    if (const auto base = parse_segment_name(name)) bases.push_back(*base);
  if (bases.empty())
    return corruption(fmt::format("hole: {} holds no log segment, and one is always there; {}",
                                  directory.string(), kRestore));
  return bases;  // list() sorts the names, which is the order of positions
}

Result<LogReader> LogReader::open(env::FileSystem& fs, const env::Path& directory,
                                  std::uint64_t log_id, Position from) {
  STRATA_TRY(auto bases, list_segments(fs, directory));
  const auto behind = std::ranges::upper_bound(bases, from);
  if (behind == bases.begin())
    return corruption(
        fmt::format("hole: the log in {} begins at position {}; it is needed from {}; {}",
                    directory.string(), bases.front().value(), from.value(), kRestore));
  const auto index = static_cast<std::size_t>(behind - bases.begin()) - 1;
  LogReader reader(fs, directory, log_id, from, std::move(bases));
  STRATA_TRY(reader.load(index));
  if (file_offset(reader.segment_.header, from) > reader.segment_.bytes.size())
    return corruption(fmt::format("hole: {} ends before position {}, from which it is needed; {}",
                                  reader.path().string(), from.value(), kRestore));
  return reader;
}

Result<void> LogReader::load(std::size_t index) {
  index_ = index;
  STRATA_TRY(segment_, load_segment(*fs_, path(), std::move(segment_.bytes)));
  if (segment_.header.log_id != log_id_)
    return corruption(fmt::format("{}: it belongs to another log; {}", path().string(), kRestore));
  return {};
}

Result<std::optional<Record>> LogReader::next() {
  if (error_) return *error_;
  auto record = look_twice();
  if (!record) error_ = record.error();
  return record;
}

Result<std::optional<Record>> LogReader::look_twice() {
  auto record = read_next();
  const bool last_segment = index_ + 1 == bases_.size();
  const bool damaged = !record && record.error().code == ErrorCode::kCorruption;
  if (!damaged || !last_segment || looked_again_at_ == at_) return record;
  looked_again_at_ = at_;
  STRATA_TRY(load(index_));
  return read_next();
}

Result<std::optional<Record>> LogReader::read_next() {
  // TASK 1.4: read frames from at_ on until one has a payload, and return it as a Record. A segment
  // ends where the next one begins, at bases_[index_ + 1]; load() reads that one. A frame without a
  // payload is not a record: skip it. Move at_ past each frame, and keep the largest durable_end in
  // vouched_end_. If there is no valid frame, return stop_at().
  for (;;) {
    const bool last_segment = index_ + 1 == bases_.size();
    if (!last_segment && at_ == bases_[index_ + 1]) {
      STRATA_TRY(load(index_ + 1));
      continue;
    }
    const std::uint64_t offset = file_offset(segment_.header, at_);
    const auto frame = decode_frame(log_id_, at_, ByteView(segment_.bytes).subspan(offset));
    if (!frame) return stop_at(frame.error());
    const Position position = at_;
    at_ = at_ + frame->size;
    vouched_end_ = std::max(vouched_end_, frame->durable_end);
    if (!frame->payload.empty()) return Record{position, at_, frame->payload};
  }
  // END TASK 1.4
}

Result<std::optional<Record>> LogReader::stop_at(FrameFault fault) {
  // TASK 1.4: set tail_. In the last segment, classify_tail() decides; return nullopt for kClean
  // and kTorn. In an earlier segment it is always an error, because the next segment proves that
  // all of this one was durable: kHole if the fault is kBlank or if the file ends exactly here,
  // else kDamaged; then vouched_by is the base of the next segment. Return corruption() with a
  // message that begins with "hole: " or "damage: " and contains path(), " at offset " and the
  // offset, the position, name_of(fault), and kRestore.
  const bool last_segment = index_ + 1 == bases_.size();
  const bool nothing_there =
      fault == FrameFault::kBlank || file_offset(segment_.header, at_) == segment_.bytes.size();
  const TailState earlier = nothing_there ? TailState::kHole : TailState::kDamaged;
  tail_ = last_segment ? classify_tail(segment_.header, segment_.bytes, at_)
                       : Tail{earlier, fault, bases_[index_ + 1]};
  if (tail_->state == TailState::kClean || tail_->state == TailState::kTorn) return std::nullopt;
  return corruption(fmt::format(
      "{}: {} at offset {} (position {}): {}, but it was durable when position {} was written; {}",
      tail_->state == TailState::kHole ? "hole" : "damage", path().string(),
      file_offset(segment_.header, at_), at_.value(), name_of(fault), tail_->vouched_by->value(),
      kRestore));
  // END TASK 1.4
}

Result<void> LogReader::check_end(Position reached, std::string_view when) const {
  if (at_ >= reached) return {};
  return corruption(fmt::format("hole: the log in {} ends at position {}; it reached {} {}; {}",
                                directory_.string(), at_.value(), reached.value(), when, kRestore));
}

ByteView LogReader::unvouched() const {
  const Position start = std::max(vouched_end_, segment_.header.base);
  return ByteView(segment_.bytes).subspan(file_offset(segment_.header, start), at_ - start);
}

std::uint64_t LogReader::torn_bytes() const {
  const ByteView rest = ByteView(segment_.bytes).subspan(file_offset(segment_.header, at_));
  const auto last =
      std::find_if(rest.rbegin(), rest.rend(), [](std::byte b) { return b != std::byte{0}; });
  return static_cast<std::uint64_t>(rest.rend() - last);
}

}  // namespace strata::wal
