#include "sim/recording.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/trace.h"
#include "checker/picture.h"
#include "env/output_file.h"
#include "sim/runner.h"
#include "sim/shiviz_log.h"
#include "sim/viewer_trace.h"

namespace strata::sim {
namespace {

using Write = std::function<void(std::string_view)>;

class HistoryPicture final : public Observer {
 public:
  explicit HistoryPicture(Write write) : write_(std::move(write)) {}

  void judged(const checker::History& history, const checker::Judgement& judgement) override {
    checker::write_picture(history, judgement, write_);
  }

 private:
  const Write write_;
};

// `make` makes the observer that writes. `start`: what files of this kind begin with.
template <class Make>
Result<void> record(const Subject& subject, const Plan& plan, const std::string& file,
                    std::string_view start, Make make) {
  if (file.empty()) return {};
  STRATA_TRY(env::check_output(file, start));
  std::ofstream out(file, std::ios::trunc);
  if (!out) return io_error(fmt::format("{} cannot be written: {}", file, std::strerror(errno)));
  auto observer = make([&](std::string_view lines) { out << lines; });
  run(subject, plan, observer);
  out.close();
  if (!out) return io_error(fmt::format("{} could not be written", file));
  return {};
}

}  // namespace

Result<void> write_recordings(const Subject& subject, const Plan& plan, const std::string& program,
                              const Recordings& files) {
  STRATA_TRY(record(subject, plan, files.trace, Trace::kStart,
                    [&](Write write) { return ViewerTrace(program, std::move(write)); }));
  STRATA_TRY(record(subject, plan, files.history, Trace::kStart,
                    [](Write write) { return HistoryPicture(std::move(write)); }));
  return record(subject, plan, files.shiviz, ShivizLog::kStart,
                [](Write write) { return ShivizLog(std::move(write)); });
}

}  // namespace strata::sim
