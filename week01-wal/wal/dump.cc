#include "wal/dump.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "base/text.h"
#include "wal/entry.h"
#include "wal/snapshot_file.h"

namespace strata::wal {
namespace {

constexpr std::size_t kShownBytes = 48;  // shown of a key or a value

std::string shorten(std::string_view bytes) {
  if (bytes.size() <= kShownBytes) return printable(bytes);
  return fmt::format("{} ... ({} bytes)", printable(bytes.substr(0, kShownBytes)), bytes.size());
}

std::string time_text(Timestamp timestamp) {
  const auto second = std::chrono::floor<std::chrono::seconds>(timestamp);
  constexpr std::int64_t kLastShown = 253'402'300'799;  // the year 9999
  if (second.count() < 0 || second.count() > kLastShown) return "beyond the calendar";
  const std::chrono::sys_seconds instant(second);
  return fmt::format("{:%Y-%m-%d %H:%M:%S}.{:06} UTC", instant, (timestamp - second).count());
}

// Lines of "offset  field  value".
class FieldPrinter {
 public:
  FieldPrinter(std::ostream& out, std::uint64_t offset) : out_(out), offset_(offset) {}

  void field(std::string_view name, std::size_t size, std::string_view value) {
    out_ << fmt::format("{:>10}  {:<17} {}\n", offset_, name, value);
    offset_ += size;
  }
  std::uint64_t offset() const { return offset_; }

 private:
  std::ostream& out_;
  std::uint64_t offset_;
};

std::vector<PayloadDumper>& payload_dumpers() {
  static std::vector<PayloadDumper> dumpers;
  return dumpers;
}

// A log may carry payloads that are not entries. Those are printed as text.
bool holds_entries(ByteView payload) {
  EntryReader entries(payload);
  for (;;) {
    const auto entry = entries.next();
    if (!entry) return false;
    if (!*entry) return true;
  }
}

// Requires: holds_entries(payload).
Result<void> print_entries(ByteView payload, FieldPrinter& print) {
  EntryReader entries(payload);
  for (;;) {
    STRATA_TRY(const auto entry, entries.next());
    if (!entry) return {};
    const Operation& operation = entry->operation;
    print.field("timestamp", 8,
                fmt::format("{}  {}", entry->timestamp.count(), time_text(entry->timestamp)));
    print.field("op_type", 1, operation.kind == OperationKind::kPut ? "1  PUT" : "2  DELETE");
    print.field("key_len", 4, fmt::to_string(operation.key.size()));
    print.field("key", operation.key.size(), shorten(operation.key));
    print.field("value_len", 4, fmt::to_string(operation.value.size()));
    if (operation.kind == OperationKind::kPut)
      print.field("value", operation.value.size(), shorten(operation.value));
  }
}

// Prints the frame header at the front of `bytes`. Requires: it is valid.
FieldPrinter print_frame_header(ByteView bytes, Position position, std::uint64_t offset,
                                std::ostream& out) {
  const auto field = [&](std::size_t at) { return load_little_endian<std::uint32_t>(&bytes[at]); };
  FieldPrinter print(out, offset);
  print.field("header_checksum", 4, fmt::format("{:#010x}  ok", field(0)));
  print.field("payload_size", 4, fmt::to_string(field(4)));
  print.field("unsynced", 4,
              fmt::format("{}  durable before position {}", field(8), position.value() - field(8)));
  print.field("payload_checksum", 4, fmt::format("{:#010x}  ok", field(12)));
  return print;
}

void print_segment_header(const LoadedSegment& segment, std::ostream& out) {
  FieldPrinter print(out, 0);
  print.field("magic", 8, fmt::format("\"{}\"", kSegmentMagic));
  print.field("version", 4, fmt::to_string(kSegmentVersion));
  print.field("header_size", 4, fmt::to_string(kSegmentHeaderSize));
  print.field("log_id", 8, fmt::format("{:#018x}", segment.header.log_id));
  print.field("base", 8, fmt::to_string(segment.header.base.value()));
  print.field("checksum", 8,
              fmt::format("{:#018x}  ok", load_little_endian<std::uint64_t>(
                                              &segment.bytes[kSegmentHeaderSize - 8])));
}

Result<void> print_frame(ByteView bytes, const Frame& frame, Position position,
                         std::uint64_t offset, std::ostream& out) {
  out << fmt::format("{} at offset {}, position {}, {} bytes\n",
                     frame.payload.empty() ? "voucher" : "record", offset, position.value(),
                     frame.size);
  FieldPrinter print = print_frame_header(bytes, position, offset, out);
  const auto known = std::ranges::find_if(payload_dumpers(), [&](const PayloadDumper& dumper) {
    return dumper.matches(frame.payload);
  });
  if (holds_entries(frame.payload)) {
    STRATA_TRY(print_entries(frame.payload, print));
  } else if (known != payload_dumpers().end()) {
    print.field("payload", frame.payload.size(), "");
    known->print(frame.payload, out);
  } else {
    print.field("payload", frame.payload.size(), shorten(as_text(frame.payload)));
  }
  const std::uint64_t padding = offset + frame.size - print.offset();
  if (padding > 0)
    print.field("padding", padding, fmt::format("{} byte{}", padding, padding == 1 ? "" : "s"));
  return {};
}

// The base of the segment after this one, if there is one.
Result<std::optional<Position>> next_base(env::FileSystem& fs, const env::Path& path,
                                          Position base) {
  STRATA_TRY(const auto names, fs.list(std::filesystem::absolute(path).parent_path()));
  std::optional<Position> next;  // names are sorted, so this is the first greater one
  for (const std::string& name : names) {
    const auto found = parse_segment_name(name);
    if (!next && found && *found > base) next = found;
  }
  return next;
}

DumpVerdict print_tail(const LoadedSegment& segment, Position end, std::optional<Position> next,
                       std::ostream& out) {
  const std::uint64_t offset = file_offset(segment.header, end);
  const std::uint64_t left = segment.file_size - offset;
  if (next && end == *next) {
    out << fmt::format("end at offset {}, position {}: the next segment begins here\n", offset,
                       end.value());
    return DumpVerdict::kSound;
  }
  const Tail tail = classify_tail(segment.header, segment.bytes, end);
  const std::string_view fault = name_of(tail.fault.value_or(FrameFault::kBlank));
  if (next || tail.vouched_by) {
    const bool hole = left == 0 || tail.fault == FrameFault::kBlank;
    out << fmt::format(
        "{} at offset {}, position {}: {}, but it was durable when position {} "
        "was written\n",
        hole ? "HOLE" : "DAMAGE", offset, end.value(), fault,
        (next ? *next : *tail.vouched_by).value());
    return DumpVerdict::kDamaged;
  }
  if (tail.state == TailState::kTorn) {
    out << fmt::format(
        "TORN TAIL at offset {}, position {}: {}; nothing vouches that it was "
        "synced, and recovery cuts it off\n",
        offset, end.value(), fault);
    return DumpVerdict::kTornTail;
  }
  out << fmt::format("end at offset {}, position {}: clean, {} bytes preallocated\n", offset,
                     end.value(), left);
  return DumpVerdict::kSound;
}

}  // namespace

Result<DumpVerdict> dump_segment(env::FileSystem& fs, const env::Path& path, std::ostream& out) {
  STRATA_TRY(const LoadedSegment segment, load_segment(fs, path));
  out << fmt::format("log segment {}, {} bytes\n", path.filename().string(), segment.file_size);
  print_segment_header(segment, out);
  Position at = segment.header.base;
  STRATA_TRY(const auto next, next_base(fs, path, at));
  while (at != next) {
    const std::uint64_t offset = file_offset(segment.header, at);
    const ByteView rest = ByteView(segment.bytes).subspan(offset);
    const auto frame = decode_frame(segment.header.log_id, at, rest);
    if (!frame) break;
    STRATA_TRY(print_frame(rest, *frame, at, offset, out));
    at = at + frame->size;
  }
  return print_tail(segment, at, next, out);
}

Result<DumpVerdict> dump_snapshot(env::FileSystem& fs, const env::Path& path, std::ostream& out) {
  STRATA_TRY(auto reader, SnapshotReader::open_any(fs, path));
  STRATA_TRY(const auto file, fs.open_for_read(path));
  STRATA_TRY(const std::uint64_t size, file->size());
  out << fmt::format("snapshot {}, {} bytes\n", path.filename().string(), size);
  FieldPrinter print(out, 0);
  print.field("magic", 8, fmt::format("\"{}\"", kSnapshotMagic));
  print.field("version", 4, fmt::to_string(kSnapshotVersion));
  print.field("header_size", 4, fmt::to_string(kSnapshotHeaderSize));
  print.field("log_id", 8, fmt::format("{:#018x}", reader.header().log_id));
  print.field("position", 8, fmt::to_string(reader.header().position.value()));
  print.field("timestamp", 8,
              fmt::format("{}  {}", reader.header().timestamp.count(),
                          time_text(reader.header().timestamp)));
  print.field("checksum", 8, "ok");
  for (;;) {
    const auto payload = reader.next();
    if (!payload) {
      out << "DAMAGE " << payload.error().message << '\n';
      return DumpVerdict::kDamaged;
    }
    if (!*payload) break;
    out << fmt::format("entries at offset {}, {} bytes\n", reader.frame_offset(),
                       frame_size((*payload)->size()));
    FieldPrinter fields(out, reader.frame_offset() + kFrameHeaderSize);
    STRATA_TRY(print_entries(**payload, fields));
  }
  out << fmt::format("footer at offset {}\n", reader.frame_offset());
  FieldPrinter footer(out, reader.frame_offset() + kFrameHeaderSize);
  footer.field("entry_count", 8, fmt::to_string(reader.footer().entry_count));
  footer.field("log_end", 8, fmt::to_string(reader.footer().log_end.value()));
  return DumpVerdict::kSound;
}

Result<DumpVerdict> dump_log_tail(env::FileSystem& fs, const env::Path& directory,
                                  std::uint64_t count, std::ostream& out) {
  STRATA_TRY(const auto bases, list_segments(fs, directory));
  STRATA_TRY(const LoadedSegment segment, load_segment(fs, directory / segment_name(bases.back())));
  out << fmt::format("log segment {}, the last {} frames\n", segment_name(bases.back()), count);
  std::deque<Position> last;  // where the frames to be printed begin
  Position at = segment.header.base;
  const auto rest = [&](Position from) {
    return ByteView(segment.bytes).subspan(file_offset(segment.header, from));
  };
  while (const auto frame = decode_frame(segment.header.log_id, at, rest(at))) {
    last.push_back(at);
    if (last.size() > count) last.pop_front();
    at = at + frame->size;
  }
  for (const Position position : last) {
    const auto frame = decode_frame(segment.header.log_id, position, rest(position));
    STRATA_TRY(
        print_frame(rest(position), *frame, position, file_offset(segment.header, position), out));
  }
  return print_tail(segment, at, std::nullopt, out);
}

void register_payload_dumper(PayloadDumper dumper) {
  payload_dumpers().push_back(std::move(dumper));
}

void register_dumpers() {
  const auto begins_with = [](std::string_view magic) {
    return [magic](ByteView head) { return as_text(head).starts_with(magic); };
  };
  register_dumper({"log segment", begins_with(kSegmentMagic), dump_segment});
  register_dumper({"snapshot", begins_with(kSnapshotMagic), dump_snapshot});
}

}  // namespace strata::wal
