// Input: any segment and any snapshot in a store's directory. This file corrects their checksums,
// so that the code after the checks runs too. Opening the store succeeds or returns an error. If it
// succeeds, opening it again must give the same contents.
//
// The input: the size of the snapshot in two bytes (0: none), the snapshot, the segment.
#include "base/assert.h"
#include "base/checksum.h"
#include "env/simulated_file_system.h"
#include "wal/logged_store.h"
#include "wal/snapshot_file.h"

namespace {

using namespace strata;  // NOLINT: a program of one file
using wal::Position;

constexpr std::uint64_t kLog = 42;  // as in the seeds
const env::Path kDirectory = "/store";

// Corrects the checksums that a fuzzer cannot find: the checksum over a file's header, which is its
// last field, and both checksums of each frame, as long as the sizes make sense.
void repair(Bytes& bytes, std::size_t header_size, bool snapshot) {
  if (bytes.size() < header_size) return;
  const std::size_t checksum_at = header_size - sizeof(std::uint64_t);
  store_little_endian(bytes.data() + checksum_at, checksum64(ByteView(bytes).first(checksum_at)));
  const std::uint64_t id =
      snapshot ? checksum64(ByteView(bytes).first(header_size), header_size) : kLog;
  for (std::size_t at = header_size; at + wal::kFrameHeaderSize <= bytes.size();) {
    std::byte* const header = bytes.data() + at;
    const std::size_t room = bytes.size() - at - wal::kFrameHeaderSize;
    const auto size = load_little_endian<std::uint32_t>(header + 4);
    if (size > room) return;
    store_little_endian(header + 12, checksum32({header + wal::kFrameHeaderSize, size}));
    store_little_endian(header,
                        checksum32({header + 4, wal::kFrameHeaderSize - 4}, id + at - header_size));
    at += wal::frame_size(size);
  }
}

void put_file(env::SimulatedFileSystem& fs, const env::Path& path, ByteView bytes) {
  STRATA_ASSERT(fs.create(path).has_value());
  fs.set_content(path, Bytes(bytes.begin(), bytes.end()));
}

void put_snapshot(env::SimulatedFileSystem& fs, ByteView input) {
  constexpr std::size_t kPositionOffset = 24;
  if (input.size() < wal::kSnapshotHeaderSize) return;
  Bytes bytes(input.begin(), input.end());
  repair(bytes, wal::kSnapshotHeaderSize, true);
  const Position position(load_little_endian<std::uint64_t>(bytes.data() + kPositionOffset));
  put_file(fs, kDirectory / wal::snapshot_name(position), bytes);
}

void put_segment(env::SimulatedFileSystem& fs, ByteView input) {
  Bytes bytes(input.begin(), input.end());
  repair(bytes, wal::kSegmentHeaderSize, false);
  STRATA_ASSERT(fs.make_directory(kDirectory / "wal").has_value());
  put_file(fs, kDirectory / "wal" / wal::segment_name(Position()), bytes);
}

std::optional<std::string> contents(env::FileSystem& fs) {
  wal::LoggedStoreOptions options;
  options.log.preallocate = 64;
  options.auto_checkpoint = false;
  const auto store = wal::LoggedStore::open(fs, kDirectory, options);
  if (!store) return std::nullopt;
  const auto cursor = (*store)->scan({});
  STRATA_ASSERT(cursor.has_value());
  std::string found;
  for (;;) {
    const auto entry = (*cursor)->next();
    STRATA_ASSERT(entry.has_value());
    if (!*entry) return found;
    found.append((*entry)->key).append("=").append((*entry)->value).append("\n");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = std::as_bytes(std::span(data, size));
  if (size < 2) return 0;
  const std::size_t snapshot_size =
      std::min<std::size_t>(load_little_endian<std::uint16_t>(input.data()), size - 2);
  env::SimulatedFileSystem fs;
  STRATA_ASSERT(fs.make_directory(kDirectory).has_value());
  put_file(fs, kDirectory / "STORE",
           as_bytes(encode_store({{.kind = "logged", .version = 2, .id = kLog}, {}})));
  put_snapshot(fs, input.subspan(2, snapshot_size));
  put_segment(fs, input.subspan(2 + snapshot_size));
  const auto first = contents(fs);
  if (first) STRATA_ASSERT(contents(fs) == first);
  return 0;
}
