// Micro-benchmarks of week 5: how long it takes to find a server, to build a ring and to compare
// two.
//
//   week05-bench --benchmark_filter=Lookup
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "env/random.h"
#include "hashing/ring_difference.h"

namespace strata::hashing {
namespace {

std::vector<Member> servers(std::int64_t count) {
  std::vector<Member> members;
  for (std::int64_t id = 1; id <= count; ++id)
    members.push_back({.id = ServerId(static_cast<std::uint64_t>(id))});
  return members;
}

// Each search begins at a point that depends on the result of the one before. Otherwise the
// processor would run several searches at the same time, and one would look faster than it is.
void RingLookup(benchmark::State& state) {
  const Ring ring(servers(state.range(0)));
  env::Random points(1);
  Point last = 0;
  for (auto _ : state) last = ring.owner(points.next() ^ last).value();
  benchmark::DoNotOptimize(last);
}
BENCHMARK(RingLookup)->Arg(10)->Arg(100)->Arg(1000);

// The same, from the key: with its SHA-256.
void RingLookupOfAKey(benchmark::State& state) {
  const Ring ring(servers(state.range(0)));
  std::vector<std::string> keys;
  for (int i = 0; i < 1024; ++i) keys.push_back(fmt::format("user:{:011}", i));
  std::size_t next = 0;
  for (auto _ : state) benchmark::DoNotOptimize(ring.owner(point_of(keys[next++ % keys.size()])));
}
BENCHMARK(RingLookupOfAKey)->Arg(10)->Arg(100)->Arg(1000);

void RingBuild(benchmark::State& state) {
  const std::vector<Member> members = servers(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(Ring(members));
}
BENCHMARK(RingBuild)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

// A server joins.
void RingDifference(benchmark::State& state) {
  const Ring before(servers(state.range(0)));
  const Ring after(servers(state.range(0) + 1));
  for (auto _ : state) benchmark::DoNotOptimize(difference(before, after));
}
BENCHMARK(RingDifference)->Arg(100)->Arg(1000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace strata::hashing
