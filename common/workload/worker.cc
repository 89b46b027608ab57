#include "workload/worker.h"

#include <chrono>
#include <thread>

#include "workload/sequential_reader.h"

namespace strata::workload {
namespace {

constexpr std::uint64_t kEntriesPerSeek = 10;  // after db_bench's --seek_nexts
constexpr std::uint64_t kLongestScan = 100;    // YCSB's maxscanlength

}  // namespace

void Tally::merge(const Tally& other) {
  latency.merge(other.latency);
  bytes += other.bytes;
  found += other.found;
  writes += other.writes;
}

Worker::Worker(const Job& job, Share share, Counter& done, const std::atomic<bool>& stop)
    : job_(job),
      share_(share),
      done_(done),
      stop_(stop),
      random_(fnv64(job.seed) + share.thread),
      key_writer_(job.key_size),
      value_writer_(job.pool, random_.next()) {
  if (job.workload.task == Task::kMix) popular_keys_.emplace(job);
}

template <class Step>
Result<void> Worker::repeat(Step step) {
  auto before = clock_.steady();
  for (std::uint64_t i = 0; i < share_.count; ++i) {
    // Relaxed: the thread that sets it joins this thread afterwards.
    if (stop_.load(std::memory_order_relaxed)) break;
    STRATA_TRY(step(share_.first + i));
    const auto after = clock_.steady();
    tally_.latency.record(after - before);
    before = after;
    done_.value.store(i + 1, std::memory_order_relaxed);
  }
  return {};
}

Result<void> Worker::run() {
  if (share_.background) return write_beside();
  switch (job_.workload.task) {
    case Task::kFillInOrder:
      return repeat([&](std::uint64_t i) { return write(i); });
    case Task::kFillShuffled:
    case Task::kReopenAfterCrash:
      return repeat([&, order = Shuffle(job_.operations, job_.seed)](std::uint64_t i) {
        return write(order[i]);
      });
    case Task::kOverwrite:
      return repeat([&](std::uint64_t) { return write(any_key()); });
    case Task::kReadRandom:
    case Task::kReadWhileWriting:
      return repeat([&](std::uint64_t) { return read(any_key()); });
    case Task::kReadMissing:
      return repeat([&](std::uint64_t) { return read_missing(any_key()); });
    case Task::kReadInOrder:
      return read_in_order();
    case Task::kSeek:
      return repeat([&](std::uint64_t) { return scan(any_key(), kEntriesPerSeek); });
    case Task::kDelete:
      return repeat([&](std::uint64_t) { return remove(any_key()); });
    case Task::kMix:
      return repeat([&](std::uint64_t) { return mixed(); });
  }
  return {};
}

Result<void> Worker::accept(std::string_view key, std::string_view value) {
  STRATA_TRY(verify_value(key, value, job_.pool.value_size()));
  ++tally_.found;
  tally_.bytes += key.size() + value.size();
  return {};
}

Result<void> Worker::read(std::uint64_t index) {
  const std::string_view key = key_writer_.key(index);
  STRATA_TRY(const auto value, job_.store.get(key, latest_state_));
  if (value) return accept(key, *value);
  if (job_.whole) return lost_key(key);
  return {};
}

Result<void> Worker::read_missing(std::uint64_t index) {
  const std::string_view key = key_writer_.missing(index);
  STRATA_TRY(const auto value, job_.store.get(key, latest_state_));
  if (value) return phantom_key(key);
  return {};
}

Result<void> Worker::write(std::uint64_t index) {
  const std::string_view key = key_writer_.key(index);
  const std::string_view value = value_writer_.value_for(key);
  batch_.clear();
  batch_.put(key, value);
  STRATA_TRY(job_.store.write(batch_));
  ++tally_.writes;
  tally_.bytes += key.size() + value.size();
  return {};
}

// Writes in the background, at a given rate if there is one.
Result<void> Worker::write_beside() {
  const auto start = std::chrono::steady_clock::now();
  return repeat([&](std::uint64_t i) {
    if (job_.write_rate != 0)
      std::this_thread::sleep_until(start +
                                    std::chrono::nanoseconds(i * 1'000'000'000 / job_.write_rate));
    return write(any_key());
  });
}

Result<void> Worker::insert() {
  const std::uint64_t index = job_.keys.begin_insert();
  STRATA_TRY(write(index));
  job_.keys.acknowledge(index);
  return {};
}

Result<void> Worker::remove(std::uint64_t index) {
  const std::string_view key = key_writer_.key(index);
  batch_.clear();
  batch_.remove(key);
  STRATA_TRY(job_.store.write(batch_));
  ++tally_.writes;
  tally_.bytes += key.size();
  return {};
}

Result<void> Worker::scan(std::uint64_t index, std::uint64_t limit) {
  // Keys that others insert meanwhile may or may not be seen, so they are not checked.
  const std::uint64_t end = job_.whole ? std::min(index + limit, job_.keys.size()) : index;
  ScanOptions options;
  options.limit = limit;
  options.range.from = key_writer_.key(index);
  STRATA_TRY(const auto cursor, job_.store.scan(options));
  for (;; ++index) {
    STRATA_TRY(const auto entry, cursor->next());
    if (index < end && (!entry || entry->key != key_writer_.key(index)))
      return lost_key(key_writer_.key(index));
    if (!entry) return {};
    STRATA_TRY(accept(entry->key, entry->value));
  }
}

Result<void> Worker::read_in_order() {
  const std::uint64_t keys = job_.keys.size();
  std::uint64_t index = share_.thread * keys / job_.threads;
  std::optional<SequentialReader> reader;
  reader.emplace(job_.store, key_writer_.key(index));
  return repeat([&](std::uint64_t) -> Result<void> {
    STRATA_TRY(auto entry, reader->next());
    if (!entry) {  // at the end: starts again
      if (job_.whole && index < keys) return lost_key(key_writer_.key(index));
      reader.emplace(job_.store, key_writer_.key(index = 0));
      STRATA_TRY(entry, reader->next());
    }
    if (job_.whole && (!entry || entry->key != key_writer_.key(index)))
      return lost_key(key_writer_.key(index));
    ++index;
    if (entry) return accept(entry->key, entry->value);
    return {};  // all keys of the store were deleted
  });
}

Result<void> Worker::mixed() {
  const Mix& mix = job_.workload.mix;
  std::uint64_t draw = random_.below(100);
  const auto falls_in = [&draw](unsigned share) {
    if (draw < share) return true;
    draw -= share;
    return false;
  };
  if (falls_in(mix.read)) return read(popular_key());
  if (falls_in(mix.update)) return write(popular_key());
  if (falls_in(mix.insert)) return insert();
  if (falls_in(mix.scan)) return scan(popular_key(), 1 + random_.below(kLongestScan));
  const std::uint64_t index = popular_key();  // read it, then overwrite it
  STRATA_TRY(read(index));
  return write(index);
}

}  // namespace strata::workload
