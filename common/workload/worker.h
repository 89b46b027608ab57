// One thread's part of a workload: it runs its operations, times each one, and checks what it
// reads.
//
// The clock is read once for each operation: the end of one is the start of the next. So a latency
// includes choosing the next key (a few tens of nanoseconds), and the sum of all latencies is the
// time that passed.
//
// Thread-safety: none; each thread has its own Worker.
#pragma once

#include <atomic>
#include <optional>

#include "env/clock.h"
#include "env/random.h"
#include "store/store.h"
#include "workload/histogram.h"
#include "workload/keys.h"
#include "workload/popular_keys.h"
#include "workload/values.h"
#include "workload/workload.h"

namespace strata::workload {

// What the workers of a run share. The references must outlive the workers.
struct Job {
  Store& store;
  const Workload& workload;
  const ValuePool& pool;
  KeySpace& keys;
  std::uint64_t operations;  // of all workers together
  std::size_t key_size;
  std::uint64_t seed;
  unsigned threads;
  bool whole;                    // no key was deleted, so a key that is not found was lost
  std::uint64_t write_rate = 0;  // of a background writer, per second; 0: as fast as it can
};

// The operations of one worker: `count` of them, from `first` on.
struct Share {
  unsigned thread = 0;
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  bool background = false;  // overwrites keys until `stop` is true
};

// What one worker did, or all of them together.
struct Tally {
  Histogram latency;        // one entry for each operation
  std::uint64_t bytes = 0;  // of keys and values, read or written
  std::uint64_t found = 0;  // entries that reads returned
  std::uint64_t writes = 0;

  std::uint64_t operations() const { return latency.count(); }
  void merge(const Tally& other);
};

// Read by the thread that prints progress. It has a cache line of its own.
struct alignas(64) Counter {
  std::atomic<std::uint64_t> value{0};
};

class Worker {
 public:
  Worker(const Job& job, Share share, Counter& done, const std::atomic<bool>& stop);

  // Returns after its share, at the first error, or when `stop` becomes true.
  Result<void> run();
  const Tally& tally() const { return tally_; }

 private:
  template <class Step>
  Result<void> repeat(Step step);

  Result<void> read(std::uint64_t index);
  Result<void> read_missing(std::uint64_t index);
  Result<void> write(std::uint64_t index);
  Result<void> write_beside();
  Result<void> insert();
  Result<void> remove(std::uint64_t index);
  Result<void> scan(std::uint64_t index, std::uint64_t limit);
  Result<void> read_in_order();
  Result<void> mixed();
  Result<void> accept(std::string_view key, std::string_view value);

  std::uint64_t any_key() { return random_.below(job_.keys.size()); }
  std::uint64_t popular_key() { return popular_keys_->next(random_); }

  const Job& job_;
  const Share share_;
  Counter& done_;
  const std::atomic<bool>& stop_;

  env::SystemClock clock_;
  env::Random random_;
  KeyWriter key_writer_;
  ValueWriter value_writer_;
  WriteBatch batch_;
  const ReadOptions latest_state_;
  std::optional<PopularKeys> popular_keys_;  // for mixes
  Tally tally_;
};

}  // namespace strata::workload
