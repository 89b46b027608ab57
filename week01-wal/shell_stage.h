// The store behind week 1's shell: a LoggedStore on the real disk, or on a simulated one
// whose power can be cut to see what comes back.
//
// Thread-safety: as Store, but for cut_power(), which must run alone.
#pragma once

#include <atomic>
#include <fstream>
#include <memory>
#include <optional>

#include "base/trace.h"
#include "env/simulated_file_system.h"
#include "wal/logged_store.h"

namespace strata::wal {

// Writes what happens to a log into a trace. The events: common/viewer/README.md.
class TracingObserver final : public LogObserver {
 public:
  explicit TracingObserver(Trace& trace) : trace_(trace) {}

  // Without power nothing happens: what a log does to a disk that is gone is not written.
  void set_power(bool on) { power_ = on; }

  void segment_found(Position base, Position end) override;
  void segment_opened(Position base) override;
  void segment_sealed(Position base, Position end) override;
  void segment_dropped(Position base) override;
  void appended(Position position, std::uint64_t frame_size, ByteView payload) override;
  void flushed(Position end) override;
  void synced(Position durable_end) override;
  void vouched(Position position, std::uint64_t frame_size) override;
  void snapshot_started(Position covers_before) override;
  void snapshot_written(Position covers_before) override;

 private:
  void event(std::string_view name, std::initializer_list<Trace::Field> fields) {
    if (power_) trace_.event(name, fields);
  }

  Trace& trace_;
  std::atomic<bool> power_{true};
};

class ShellStage final : public Store {
 public:
  struct Options {
    bool simulated_disk = false;
    env::Path directory;
    SyncMode sync = SyncMode::kAlways;
    std::string trace_file;  // empty: no trace
  };
  // What recovery found goes to `say`, a line at a time, where there is something to say.
  static Result<std::unique_ptr<ShellStage>> open(const Options& options,
                                                  std::function<void(std::string_view)> say);

  // Cuts the power of the simulated disk and opens the store on what is left. Requires:
  // simulated().
  Result<void> cut_power(const env::PowerCut& cut);
  bool simulated() const { return disk_ != nullptr; }

  // kUnavailable if what a power cut left could not be opened.
  Result<LoggedStore*> store() const {
    if (store_) return store_.get();
    return unavailable("there is no store since the power cut; cut again, or QUIT");
  }
  env::FileSystem& file_system();

  Result<std::optional<std::string>> get(std::string_view key,
                                         const ReadOptions& options = {}) override {
    STRATA_TRY(auto* const open, store());
    return open->get(key, options);
  }
  Result<void> write(const WriteBatch& batch) override {
    STRATA_TRY(auto* const open, store());
    return open->write(batch);
  }
  Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) override {
    STRATA_TRY(auto* const open, store());
    return open->scan(options);
  }
  Result<std::shared_ptr<const Snapshot>> snapshot() override {
    STRATA_TRY(auto* const open, store());
    return open->snapshot();
  }
  Result<std::vector<Stat>> stats() override {
    STRATA_TRY(auto* const open, store());
    return open->stats();
  }
  Capabilities capabilities() const override { return {.durable = true, .snapshots = true}; }
  Result<void> close() override {
    if (!store_) return {};
    return store_->close();
  }

 private:
  ShellStage(Options options, std::function<void(std::string_view)> say)
      : options_(std::move(options)), say_(std::move(say)) {}

  void start_trace();
  Result<void> open_store();
  void report_recovery();

  const Options options_;
  const std::function<void(std::string_view)> say_;
  std::ofstream trace_out_;
  std::unique_ptr<Trace> trace_;
  std::unique_ptr<TracingObserver> observer_;
  std::unique_ptr<env::SimulatedFileSystem> disk_;  // null: the real one
  std::unique_ptr<LoggedStore> store_;              // last: goes before what it uses
};

}  // namespace strata::wal
