// Input: any segment file. Opening a log with it succeeds or returns an error. If it succeeds,
// opening it again must give the same records.
#include <vector>

#include "base/assert.h"
#include "env/simulated_file_system.h"
#include "wal/log.h"

namespace {

using strata::wal::Log;
using strata::wal::Position;

constexpr std::uint64_t kLog = 42;  // as in the seeds
const strata::env::Path kDirectory = "/log";

std::optional<std::vector<std::string>> records_of(strata::env::FileSystem& fs) {
  std::vector<std::string> found;
  const auto log =
      Log::open(fs, kDirectory, kLog, {.preallocate = 64}, {}, [&](const auto& record) {
        found.emplace_back(strata::as_text(record.payload));
        return strata::Result<void>();
      });
  if (!log) return std::nullopt;
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  strata::env::SimulatedFileSystem fs;
  const auto path = kDirectory / strata::wal::segment_name(Position());
  STRATA_ASSERT(fs.make_directory(kDirectory).has_value() && fs.create(path).has_value());
  const auto bytes = std::as_bytes(std::span(data, size));
  fs.set_content(path, strata::Bytes(bytes.begin(), bytes.end()));
  const auto first = records_of(fs);
  if (first) STRATA_ASSERT(records_of(fs) == first);
  return 0;
}
