// Micro-benchmarks of week 2: the cost of each part of a write and of a read, without the disk.
//
//   week02-bench --benchmark_filter=SkipList
//
// To compare whole stores, use strata-load.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "env/random.h"
#include "env/simulated_file_system.h"
#include "lsm/memtable.h"
#include "lsm/merging_iterator.h"
#include "lsm/table.h"
#include "lsm/table_builder.h"

namespace strata::lsm {
namespace {

constexpr std::uint64_t kKeys = 200'000;
const std::string kValue(100, 'v');

std::string key_of(std::uint64_t number) { return fmt::format("{:016}", number); }

// Every key once, in random order.
std::vector<std::string> shuffled_keys() {
  std::vector<std::string> keys;
  for (std::uint64_t i = 0; i < kKeys; ++i) keys.push_back(key_of(i));
  env::Random random(1);
  for (std::uint64_t i = kKeys; i > 1; --i) std::swap(keys[i - 1], keys[random.below(i)]);
  return keys;
}

std::shared_ptr<Memtable> full_memtable() {
  auto memtable = std::make_shared<Memtable>();
  SequenceNumber sequence;
  for (const std::string& key : shuffled_keys()) {
    sequence = sequence + 1;
    memtable->add(sequence, {OperationKind::kPut, key, kValue});
  }
  return memtable;
}

void SkipListInsert(benchmark::State& state) {
  const auto keys = shuffled_keys();
  for (auto _ : state) {
    SkipList list;
    for (const std::string& key : keys)
      list.insert({key, SequenceNumber(1), OperationKind::kPut}, kValue);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kKeys));
}
BENCHMARK(SkipListInsert)->Unit(benchmark::kMillisecond);

void MemtableGet(benchmark::State& state) {
  static const auto memtable = full_memtable();
  env::Random random(static_cast<std::uint64_t>(state.thread_index()));
  for (auto _ : state)
    benchmark::DoNotOptimize(memtable->get(key_of(random.below(kKeys)), kMaxSequence));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(MemtableGet)->ThreadRange(1, 2)->UseRealTime();

// A table in memory, so that only the table's own work is measured.
class TableInMemory {
 public:
  explicit TableInMemory(const TableOptions& options = {}) {
    if (!fs_.make_directory("/tables") || !build(options)) std::abort();
  }
  const std::shared_ptr<const Table>& get() const { return table_; }

 private:
  Result<void> build(const TableOptions& options) {
    constexpr TableId kId{.store_id = 1, .number = 1};
    STRATA_TRY(const auto builder, TableBuilder::create(fs_, "/tables", kId, options));
    for (std::uint64_t i = 0; i < kKeys; ++i)
      STRATA_TRY(builder->add({key_of(i), SequenceNumber(1), OperationKind::kPut}, kValue));
    STRATA_TRY(const TableInfo info, builder->finish());
    STRATA_TRY(table_, Table::open(fs_, "/tables", kId, info.file_size, {}));
    return {};
  }
  env::SimulatedFileSystem fs_;
  std::shared_ptr<const Table> table_;
};

void TableGet(benchmark::State& state) {
  static const TableInMemory table;
  env::Random random(1);
  for (auto _ : state)
    benchmark::DoNotOptimize(table.get()->get(key_of(random.below(kKeys)), kMaxSequence));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(TableGet);

void TableBuild(benchmark::State& state) {
  for (auto _ : state) {
    const TableInMemory table;
    benchmark::DoNotOptimize(table.get());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kKeys));
}
BENCHMARK(TableBuild)->Unit(benchmark::kMillisecond);

// Walks so many sources, whose entries alternate.
void MergeNext(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  std::vector<std::shared_ptr<Memtable>> memtables;
  for (std::uint64_t i = 0; i < count; ++i) memtables.push_back(std::make_shared<Memtable>());
  for (std::uint64_t i = 0; i < kKeys; ++i)
    memtables[i % count]->add(SequenceNumber(i + 1), {OperationKind::kPut, key_of(i), kValue});
  for (auto _ : state) {
    std::vector<std::unique_ptr<EntryIterator>> sources;
    for (const auto& memtable : memtables) sources.push_back(Memtable::iterate(memtable));
    const auto merged = merge(std::move(sources));
    for (merged->seek_to_first(); merged->valid(); merged->next())
      benchmark::DoNotOptimize(merged->value());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kKeys));
}
BENCHMARK(MergeNext)->Arg(1)->Arg(2)->Arg(8)->Arg(64)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace strata::lsm
