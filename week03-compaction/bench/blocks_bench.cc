// Micro-benchmarks of week 3: the time that a filter, the block cache and a codec take for a block.
//
//   week03-bench --benchmark_filter=Filter
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "compaction/block_cache.h"
#include "compaction/bloom_filter.h"
#include "compaction/codecs.h"
#include "env/random.h"
#include "lsm/block_builder.h"
#include "lsm/entry_key.h"

namespace strata::compaction {
namespace {

// The argument is the number of keys in the filter. With 50,000,000 keys it is larger than any
// cache.
void ask_filter(benchmark::State& state, std::uint64_t seed_of_those_asked) {
  const BloomFilter policy;
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(state.range(0)));
  env::Random keys(1);
  for (std::uint64_t& hash : hashes) hash = keys.next();
  const std::string filter = policy.build(hashes);
  env::Random asked(seed_of_those_asked);
  for (auto _ : state) benchmark::DoNotOptimize(policy.may_contain(filter, asked.next()));
  state.SetItemsProcessed(state.iterations());
}
void FilterHit(benchmark::State& state) { ask_filter(state, 1); }
void FilterMiss(benchmark::State& state) { ask_filter(state, 2); }
BENCHMARK(FilterHit)->Arg(10'000)->Arg(50'000'000)->Iterations(5'000'000);
BENCHMARK(FilterMiss)->Arg(10'000)->Arg(50'000'000)->Iterations(5'000'000);

void FilterBuild(benchmark::State& state) {
  const BloomFilter policy;
  std::vector<std::uint64_t> hashes(500'000);
  env::Random keys(1);
  for (std::uint64_t& hash : hashes) hash = keys.next();
  for (auto _ : state) benchmark::DoNotOptimize(policy.build(hashes));
  state.SetItemsProcessed(state.iterations() * 500'000);
}
BENCHMARK(FilterBuild)->Unit(benchmark::kMillisecond);

// A block as the table builder makes it; half of each value is random.
std::string typical_contents() {
  env::Random random(1);
  lsm::BlockBuilder builder(16);
  std::string key;
  for (std::uint64_t i = 0; builder.size() < 4096; ++i) {
    key.clear();
    lsm::append_key(
        {fmt::format("{:016}", 7 * i), lsm::SequenceNumber(1000 + i), OperationKind::kPut}, key);
    std::string value(50, 'v');
    while (value.size() < 100) value += static_cast<char>(random.below(256));
    builder.add(key, value);
  }
  return std::string(builder.finish());
}

lsm::BlockCache::Place place(std::uint64_t number) { return {.table = 1, .offset = 4101 * number}; }

// The argument is the number of blocks in the cache.
class FullCache {
 public:
  explicit FullCache(std::uint64_t blocks) : cache_(blocks * 6000) {
    const auto block = lsm::Block::parse(typical_contents()).value();
    for (std::uint64_t i = 0; i < blocks; ++i) cache_.insert(place(i), block);
  }
  ShardedBlockCache& get() { return cache_; }

 private:
  ShardedBlockCache cache_;
};

void CacheHit(benchmark::State& state) {
  static FullCache small(1000);
  static FullCache large(200'000);
  const auto blocks = static_cast<std::uint64_t>(state.range(0));
  ShardedBlockCache& cache = (blocks == 1000 ? small : large).get();
  env::Random random(static_cast<std::uint64_t>(state.thread_index()));
  for (auto _ : state) benchmark::DoNotOptimize(cache.find(place(random.below(blocks))));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(CacheHit)->Arg(1000)->Arg(200'000)->ThreadRange(1, 2)->UseRealTime();

void CacheMissAndInsert(benchmark::State& state) {
  ShardedBlockCache cache(std::size_t{8} << 20);
  const auto block = lsm::Block::parse(typical_contents()).value();
  std::uint64_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(cache.find(place(++next)));
    cache.insert(place(next), block);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(CacheMissAndInsert);

template <class T>
void Compress(benchmark::State& state) {
  const T codec;
  const std::string contents = typical_contents();
  for (auto _ : state) benchmark::DoNotOptimize(codec.compress(contents));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(contents.size()));
}
BENCHMARK(Compress<Lz4Codec>);
BENCHMARK(Compress<ZstdCodec>);

template <class T>
void Decompress(benchmark::State& state) {
  const T codec;
  const std::string contents = typical_contents();
  const std::string packed = codec.compress(contents).value();
  for (auto _ : state) benchmark::DoNotOptimize(codec.decompress(packed));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(contents.size()));
  state.counters["part"] =
      static_cast<double>(packed.size()) / static_cast<double>(contents.size());
}
BENCHMARK(Decompress<Lz4Codec>);
BENCHMARK(Decompress<ZstdCodec>);

}  // namespace
}  // namespace strata::compaction
