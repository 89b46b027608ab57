// The trace that a shell writes for the viewer (common/viewer), if --trace FILE is given.
//
//   STRATA_TRY(const auto trace, TraceFile::open(values.at("trace"), "week01-repl"));
//   stage.power_off = [&](const env::PowerCut& cut) { trace->power_off(cut); };
//   stage.power_on = [&] { trace->power_on(); };
//
// Thread-safety: as Trace. It must outlive the store that writes to it.
#pragma once

#include <fstream>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/trace.h"
#include "env/simulated_file_system.h"
#include "shell/program.h"

namespace strata::shell {

class TraceFile {
 public:
  // Makes the folder of the file if it is not there; replaces an earlier trace. kConflict if it is
  // a file of another kind; kIo if it cannot be written.
  static Result<std::unique_ptr<TraceFile>> open(const std::string& file, std::string_view program);

  Trace& trace() { return trace_; }
  // Writes the power cut, and ignores all events until power_on(): what a store still does to that
  // disk has no effect.
  void power_off(const env::PowerCut& cut);
  void power_on() { trace_.resume(); }
  // kIo if something could not be written. Then the trace is incomplete.
  Result<void> finish();

 private:
  TraceFile(const std::string& file, std::string_view program);

  const std::string file_;
  std::ofstream out_;
  Trace trace_;
};

// --trace FILE. Its value is empty if no trace is wanted.
Option trace_option();

}  // namespace strata::shell
