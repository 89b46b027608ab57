// Makes the writes of a simulation, one after the other. The same seed gives the same writes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "env/random.h"

namespace strata::compaction {

enum class StreamKind { kUniform, kSequential, kZipfian };
std::optional<StreamKind> parse_stream_kind(std::string_view word);
std::string_view name_of(StreamKind kind);

struct StreamOptions {
  StreamKind kind = StreamKind::kUniform;
  std::uint32_t keys = 1'000'000;
  unsigned deletions = 10;  // percent of the operations
  std::uint64_t seed = 1;
};

struct SimOperation {
  std::uint32_t key;
  bool deletes;
};

class SyntheticStream {
 public:
  explicit SyntheticStream(const StreamOptions& options)
      : options_(options), random_(options.seed) {}

  SimOperation next();

 private:
  std::uint64_t next_key();
  std::uint64_t zipfian();

  const StreamOptions options_;
  env::Random random_;
  std::uint64_t count_ = 0;  // operations so far
};

}  // namespace strata::compaction
