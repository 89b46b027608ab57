// Micro-benchmarks of week 1: the cost of each layer, and of the disk itself.
//
//   week01-bench --benchmark_filter=Sync --benchmark_repetitions=9
//                --benchmark_enable_random_interleaving=true
//
// compares a synced write with the cheapest possible one: a plain pwrite and fdatasync into a file
// whose bytes were written before.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "env/posix_file_system.h"
#include "env/random.h"
#include "env/temporary_directory.h"
#include "wal/entry.h"
#include "wal/logged_store.h"
#include "wal/replay.h"

namespace strata::wal {
namespace {

// On the disk of the working directory, because /tmp may be in memory.
std::unique_ptr<env::TemporaryDirectory> directory_on_disk() {
  return env::TemporaryDirectory::make(std::filesystem::current_path(), "week01-bench").value();
}

WriteBatch batch_of(std::uint64_t number) {
  WriteBatch batch;
  batch.put(fmt::format("{:016}", number), std::string(100, 'v'));
  return batch;
}

void EncodeBatch(benchmark::State& state) {
  const WriteBatch batch = batch_of(7);
  Bytes out;
  for (auto _ : state) {
    out.clear();
    encode_batch(batch, Timestamp(1), out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(EncodeBatch);

void DecodeFrame(benchmark::State& state) {
  Bytes frame;
  encode_frame(1, Position(0), Position(0), Bytes(static_cast<std::size_t>(state.range(0))), frame);
  for (auto _ : state) benchmark::DoNotOptimize(decode_frame(1, Position(0), frame));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(DecodeFrame)->Arg(133)->Arg(4096)->Arg(65536);

// How fast recovery fills the map, without the disk.
void ReplayRecords(benchmark::State& state) {
  constexpr std::uint64_t kRecords = 200'000;
  std::vector<Bytes> payloads(kRecords);
  env::Random random(1);
  for (Bytes& payload : payloads)
    encode_batch(batch_of(random.below(kRecords)), Timestamp(1), payload);
  for (auto _ : state) {
    MemoryStore map;
    Replay replay(map);
    for (const Bytes& payload : payloads)
      if (!replay.add(payload)) state.SkipWithError("replay failed");
    replay.finish();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kRecords));
}
BENCHMARK(ReplayRecords)->Unit(benchmark::kMillisecond);

// The lower limit: what any program pays for a synced append of this size.
void SyncRaw(benchmark::State& state) {
  constexpr std::size_t kFileSize = std::size_t{16} << 20;
  constexpr std::size_t kRecordSize = 152;  // a frame around a 16 B key and a 100 B value
  const auto directory = directory_on_disk();
  const int fd = ::open((directory->path() / "raw").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const std::string zeros(kFileSize, '\0');
  const std::string record(kRecordSize, 'r');
  if (::pwrite(fd, zeros.data(), zeros.size(), 0) < 0 || ::fdatasync(fd) != 0)
    state.SkipWithError("cannot write");
  std::size_t at = 0;
  for (auto _ : state) {
    if (::pwrite(fd, record.data(), record.size(), static_cast<off_t>(at)) < 0 ||
        ::fdatasync(fd) != 0)
      state.SkipWithError("cannot write");
    at = (at + kRecordSize) % (kFileSize - kRecordSize);
  }
  ::close(fd);
}
BENCHMARK(SyncRaw)->UseRealTime();

void SyncPut(benchmark::State& state) {
  const auto directory = directory_on_disk();
  auto store = LoggedStore::open(env::posix_file_system(), directory->path() / "store");
  std::uint64_t number = 0;
  for (auto _ : state)
    if (!store || !(*store)->write(batch_of(number++))) state.SkipWithError("cannot write");
}
BENCHMARK(SyncPut)->UseRealTime();

void Get(benchmark::State& state) {
  static MemoryStore map;
  constexpr std::uint64_t kKeys = 100'000;
  if (state.thread_index() == 0)
    for (std::uint64_t i = 0; i < kKeys; ++i)
      if (!map.write(batch_of(i))) state.SkipWithError("cannot write");
  env::Random random(static_cast<std::uint64_t>(state.thread_index()));
  for (auto _ : state)
    benchmark::DoNotOptimize(map.get(fmt::format("{:016}", random.below(kKeys))));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(Get)->ThreadRange(1, 2)->UseRealTime();

}  // namespace
}  // namespace strata::wal
