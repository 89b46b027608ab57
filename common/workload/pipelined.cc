// Runs a job on one thread that does not wait for an answer before it sends more. Many operations
// are in flight on many connections. Without a rate, the next operation begins as soon as another
// one is answered (a closed loop). With a rate, operations begin at fixed moments, whether the
// store keeps up or not (an open loop).
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "workload/popular_keys.h"
#include "workload/progress.h"
#include "workload/runner.h"

namespace strata::workload {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kPatience = std::chrono::seconds(1);  // between two looks at progress

enum class Kind { kRead, kReadMissing, kWrite, kInsert };

// One operation: its kind and its key.
struct Step {
  Kind kind;
  std::uint64_t index;
};

// Chooses the next operation in the same way as the workers of run_job().
class Steps {
 public:
  explicit Steps(const Job& job)
      : job_(job), random_(fnv64(job.seed)), order_(job.operations, job.seed) {
    if (job.workload.task == Task::kMix) popular_keys_.emplace(job);
  }

  Step next(std::uint64_t number) {
    switch (job_.workload.task) {
      case Task::kFillInOrder:
        return {Kind::kWrite, number};
      case Task::kFillShuffled:
        return {Kind::kWrite, order_[number]};
      case Task::kOverwrite:
        return {Kind::kWrite, random_.below(job_.keys.size())};
      case Task::kReadMissing:
        return {Kind::kReadMissing, random_.below(job_.keys.size())};
      case Task::kMix:
        return mixed();
      default:
        return {Kind::kRead, random_.below(job_.keys.size())};
    }
  }

 private:
  Step mixed() {
    const Mix& mix = job_.workload.mix;
    const std::uint64_t draw = random_.below(100);
    if (draw < mix.read) return {Kind::kRead, popular_keys_->next(random_)};
    if (draw < mix.read + mix.update) return {Kind::kWrite, popular_keys_->next(random_)};
    return {Kind::kInsert, job_.keys.begin_insert()};
  }

  const Job& job_;
  env::Random random_;
  const Shuffle order_;
  std::optional<PopularKeys> popular_keys_;  // for mixes
};

// Keeps operations in flight until all are done or one fails.
class Driver {
 public:
  Driver(const Job& job, AsyncStore& store, const Pipeline& pipeline)
      : job_(job),
        store_(store),
        slots_(store.connections() * pipeline.depth),
        interval_(pipeline.rate == 0 ? 0 : 1e9 / static_cast<double>(pipeline.rate)),
        steps_(job),
        key_writer_(job.key_size),
        value_writer_(job.pool, fnv64(job.seed)) {
    for (std::size_t slot = slots_; slot-- > 0;) free_.push_back(slot % store.connections());
  }

  Result<Run> run(std::ostream* progress) {
    const ProgressLine line(progress, std::string(job_.workload.name), std::span(&done_, 1),
                            job_.operations);
    start_ = clock_.steady();
    while (!failure_ && tally_.operations() < job_.operations) {
      begin_what_is_due();
      store_.run(std::min(kPatience, until_next()));
    }
    const nanoseconds elapsed = clock_.steady() - start_;
    if (failure_) return give_up();
    return Run{.tally = tally_, .elapsed = elapsed};
  }

 private:
  // The moment at which operation `number` should begin.
  nanoseconds due(std::uint64_t number) const {
    return start_ + nanoseconds(static_cast<std::int64_t>(static_cast<double>(number) * interval_));
  }

  nanoseconds until_next() const {
    if (interval_ == 0 || begun_ == job_.operations || free_.empty()) return kPatience;
    return std::max(nanoseconds(0), due(begun_) - clock_.steady());
  }

  void begin_what_is_due() {
    if (interval_ == 0) {
      while (!failure_ && !free_.empty() && begun_ < job_.operations) begin(clock_.steady());
    } else {
      const nanoseconds now = clock_.steady();
      while (!failure_ && !free_.empty() && begun_ < job_.operations && due(begun_) <= now)
        begin(due(begun_));
    }
  }

  void begin(nanoseconds since) {
    const std::size_t connection = free_.back();
    free_.pop_back();
    const Step step = steps_.next(begun_++);
    const std::string_view key = step.kind == Kind::kReadMissing ? key_writer_.missing(step.index)
                                                                 : key_writer_.key(step.index);
    if (step.kind == Kind::kRead || step.kind == Kind::kReadMissing) {
      store_.get(connection, key, [this, connection, since, step](const auto& found) {
        ended(connection, since, check(step, found));
      });
      return;
    }
    batch_.clear();
    batch_.put(key, value_writer_.value_for(key));
    store_.write(connection, batch_, [this, connection, since, step](const Result<void>& written) {
      if (written) wrote(step);
      ended(connection, since, written);
    });
  }

  void wrote(const Step& step) {
    ++tally_.writes;
    tally_.bytes += job_.key_size + job_.pool.value_size();
    if (step.kind == Kind::kInsert) job_.keys.acknowledge(step.index);
  }

  Result<void> check(const Step& step, const Result<std::optional<std::string>>& found) {
    if (!found) return found.error();
    if (step.kind == Kind::kReadMissing)
      return *found ? phantom_key(key_writer_.missing(step.index)) : Result<void>();
    const std::string_view key = key_writer_.key(step.index);
    if (!*found) return job_.whole ? Result<void>(lost_key(key)) : Result<void>();
    STRATA_TRY(verify_value(key, **found, job_.pool.value_size()));
    ++tally_.found;
    tally_.bytes += key.size() + (*found)->size();
    return {};
  }

  // An operation has ended. Without a rate, the next one begins at once.
  void ended(std::size_t connection, nanoseconds since, const Result<void>& outcome) {
    const nanoseconds now = clock_.steady();
    tally_.latency.record(now - since);
    done_.value.store(tally_.operations(), std::memory_order_relaxed);
    free_.push_back(connection);
    if (!outcome && !failure_) failure_ = outcome.error();
    if (!failure_ && interval_ == 0 && begun_ < job_.operations) begin(now);
  }

  // Operations in flight still refer to this object.
  Error give_up() {
    while (free_.size() < slots_) store_.run(kPatience);
    return *failure_;
  }

  const Job& job_;
  AsyncStore& store_;
  const std::size_t slots_;
  const double interval_;  // nanoseconds between two operations; 0: no rate
  const env::SystemClock clock_;
  nanoseconds start_{0};
  Steps steps_;
  KeyWriter key_writer_;
  ValueWriter value_writer_;
  WriteBatch batch_;
  std::vector<std::size_t> free_;  // a connection for each operation that could begin
  std::uint64_t begun_ = 0;
  Counter done_;
  Tally tally_;
  std::optional<Error> failure_;
};

}  // namespace

bool can_be_pipelined(const Workload& workload) {
  switch (workload.task) {
    case Task::kFillInOrder:
    case Task::kFillShuffled:
    case Task::kOverwrite:
    case Task::kReadRandom:
    case Task::kReadMissing:
      return true;
    case Task::kMix:
      return workload.mix.scan == 0 && workload.mix.read_modify_write == 0;
    default:
      return false;
  }
}

Result<Run> run_pipelined(const Job& job, AsyncStore& store, const Pipeline& pipeline,
                          std::ostream* progress) {
  return Driver(job, store, pipeline).run(progress);
}

}  // namespace strata::workload
