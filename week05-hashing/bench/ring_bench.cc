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
#include "placement/bounded_loads.h"
#include "placement/jump_hash.h"
#include "placement/maglev_table.h"
#include "placement/modulo_placement.h"
#include "placement/rendezvous.h"

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

// The other schemes, searched in the same way.
template <class Form>
void Lookup(benchmark::State& state) {
  const Form placement(servers(state.range(0)));
  env::Random points(1);
  Point last = 0;
  for (auto _ : state) last = placement.owner(points.next() ^ last).value();
  benchmark::DoNotOptimize(last);
}
BENCHMARK(Lookup<ModuloPlacement>)->Arg(10)->Arg(100)->Arg(1000);
BENCHMARK(Lookup<JumpHash>)->Arg(10)->Arg(100)->Arg(1000);
BENCHMARK(Lookup<Rendezvous>)->Arg(10)->Arg(100)->Arg(1000);
BENCHMARK(Lookup<MaglevTable>)->Arg(10)->Arg(100)->Arg(1000);

// The limits are those of a million keys, so the number of rounds is fixed.
void BoundedLoadsPlace(benchmark::State& state) {
  constexpr std::uint64_t kKeys = 1'000'000;
  BoundedLoads loads(servers(state.range(0)), kKeys, 0.1);
  env::Random points(1);
  for (auto _ : state) benchmark::DoNotOptimize(loads.place(points.next()));
}
BENCHMARK(BoundedLoadsPlace)->Arg(10)->Arg(100)->Arg(1000)->Iterations(1'000'000);

void MaglevBuild(benchmark::State& state) {
  const std::vector<Member> members = servers(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(MaglevTable(members));
}
BENCHMARK(MaglevBuild)->Arg(1000)->Unit(benchmark::kMillisecond);

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
