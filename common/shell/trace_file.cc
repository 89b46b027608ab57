#include "shell/trace_file.h"

#include <fmt/format.h>

#include <filesystem>

#include "env/clock.h"
#include "env/output_file.h"

namespace strata::shell {

TraceFile::TraceFile(const std::string& file, std::string_view program)
    : file_(file),
      out_(file, std::ios::trunc),
      trace_(
          program, [this](std::string_view line) { out_ << line << std::flush; },
          [] { return env::system_clock().steady(); }) {}

Result<std::unique_ptr<TraceFile>> TraceFile::open(const std::string& file,
                                                   std::string_view program) {
  STRATA_TRY(env::check_output(file, Trace::kStart));
  std::error_code failed;  // then opening the file fails too, and says so
  if (const auto folder = std::filesystem::path(file).parent_path(); !folder.empty())
    std::filesystem::create_directories(folder, failed);
  std::unique_ptr<TraceFile> trace(new TraceFile(file, program));
  if (!trace->out_) return io_error(fmt::format("cannot write the trace {}", file));
  return trace;
}

void TraceFile::power_off(const env::PowerCut& cut) {
  trace_.stop_after("power_cut", {{"how", cut.describe()}});
}

Result<void> TraceFile::finish() {
  out_.flush();
  if (!out_)
    return io_error(fmt::format("the trace {} is not whole: it could not be written", file_));
  return {};
}

Option trace_option() {
  return {"trace", "FILE", "",
          "write what happens in the store to FILE (its directory is made), for the viewer"};
}

}  // namespace strata::shell
