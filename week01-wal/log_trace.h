// What week 1's shell writes for the viewer: the life of its log, as a trace.
// The events: common/viewer/README.md.
#pragma once

#include <atomic>
#include <fstream>
#include <memory>
#include <string>

#include "base/trace.h"
#include "env/simulated_file_system.h"
#include "wal/logged_store.h"

namespace strata::wal {

// Writes what happens to a log into a trace.
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

// A trace in a file of its own.
class LogTrace {
 public:
  // kIo if the file cannot be written.
  static Result<std::unique_ptr<LogTrace>> open(const std::string& file, std::string_view program);

  LogObserver& observer() { return observer_; }
  void opening(bool simulated, const LoggedStoreOptions& options);
  void recovered(const LogRecovery& found);
  void power_off(const env::PowerCut& cut);
  void power_on() { observer_.set_power(true); }

 private:
  LogTrace(const std::string& file, std::string_view program);

  std::ofstream out_;
  Trace trace_;
  TracingObserver observer_{trace_};
};

}  // namespace strata::wal
