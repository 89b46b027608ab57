// Input: any snapshot file. Reading it must end with a footer or an error.
#include "base/assert.h"
#include "env/simulated_file_system.h"
#include "wal/snapshot_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using strata::wal::SnapshotReader;
  strata::env::SimulatedFileSystem fs;
  const strata::env::Path path = "/any.snap";
  STRATA_ASSERT(fs.create(path).has_value());
  const auto bytes = std::as_bytes(std::span(data, size));
  fs.set_content(path, strata::Bytes(bytes.begin(), bytes.end()));
  auto reader = SnapshotReader::open_any(fs, path);
  while (reader) {
    const auto payload = reader->next();
    if (!payload || !*payload) break;
  }
  return 0;
}
