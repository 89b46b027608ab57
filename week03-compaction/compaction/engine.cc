#include "compaction/engine.h"

#include <fmt/format.h>

#include "compaction/block_cache.h"
#include "compaction/bloom_filter.h"
#include "compaction/codecs.h"
#include "compaction/policy_compactor.h"

namespace strata::compaction {
namespace {

std::shared_ptr<const lsm::Codec> codec_of(Compression compression) {
  switch (compression) {
    case Compression::kNone:
      return nullptr;
    case Compression::kLz4:
      return std::make_shared<const Lz4Codec>();
    case Compression::kZstd:
      return std::make_shared<const ZstdCodec>();
  }
  return nullptr;
}

std::shared_ptr<const CompactionPolicy> policy_of(const EngineOptions& options) {
  switch (options.policy) {
    case PolicyKind::kLevelled:
      return std::make_shared<const LevelledPolicy>(options.levelled);
    case PolicyKind::kTiered:
      return std::make_shared<const TieredPolicy>(options.tiered);
    case PolicyKind::kNever:
      return std::make_shared<const NeverPolicy>();
  }
  return nullptr;
}

}  // namespace

lsm::LsmOptions engine(const EngineOptions& options) {
  lsm::LsmOptions store = options.store;
  if (options.filter_bits > 0)
    store.tables.filter = std::make_shared<const BloomFilter>(options.filter_bits);
  store.tables.codec = codec_of(options.compression);
  store.reading = {.codecs = {codec_of(Compression::kLz4), codec_of(Compression::kZstd)},
                   .filter = std::make_shared<const BloomFilter>()};
  if (options.cache_bytes > 0)
    store.reading.cache = std::make_shared<ShardedBlockCache>(options.cache_bytes);
  const auto policy = policy_of(options);
  CompactorOptions compactor{.tables = store.tables,
                             .bottom_tables = store.tables,
                             .bytes_a_look = options.bytes_a_look,
                             .requests = options.levelled,
                             .observer = options.observer};
  compactor.bottom_tables.codec = codec_of(options.bottom_compression);
  store.compactor = std::make_shared<PolicyCompactor>(policy, std::move(compactor));
  if (options.policy != PolicyKind::kNever)
    store.throttle = std::make_shared<const LevelThrottle>(policy, options.throttle);
  return store;
}

Result<Compression> parse_compression(std::string_view name) {
  if (name == "none") return Compression::kNone;
  if (name == "lz4") return Compression::kLz4;
  if (name == "zstd") return Compression::kZstd;
  return invalid_argument(fmt::format("unknown compression '{}'; use lz4, zstd or none", name));
}

Result<PolicyKind> parse_policy(std::string_view name) {
  if (name == "levelled") return PolicyKind::kLevelled;
  if (name == "tiered") return PolicyKind::kTiered;
  if (name == "never") return PolicyKind::kNever;
  return invalid_argument(fmt::format("unknown policy '{}'; use levelled, tiered or never", name));
}

}  // namespace strata::compaction
