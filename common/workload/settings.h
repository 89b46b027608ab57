// The command line of strata-load, parsed and checked. Thread-safety: none; a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "env/file_system.h"
#include "store/stage.h"
#include "store/store.h"
#include "workload/target.h"

namespace strata::workload {

struct Settings {
  enum class Action { kRun, kHelp, kList };
  Action action = Action::kRun;

  std::vector<std::string> stores;  // empty: default_target()
  std::vector<std::string> workloads = {"fillrandom", "readrandom"};
  std::uint64_t num = 1'000'000;       // keys
  std::optional<std::uint64_t> reads;  // operations of workloads that do not fill; none: num
  std::size_t key_size = 16;           // bytes
  std::size_t value_size = 100;        // bytes
  unsigned threads = 1;
  unsigned rounds = 1;
  std::optional<ConnectOptions> connect;  // use a server, and not stores of this process
  std::size_t pipeline = 1;               // operations in flight on each of its connections
  std::uint64_t rate = 0;                 // operations per second; 0: as fast as they are answered
  std::uint64_t write_rate = 0;           // of the writer in readwhilewriting; 0: unlimited
  SyncMode sync = SyncMode::kNever;
  std::uint64_t seed = 1;
  Tuning tuning;

  env::Path directory;  // of the stores' directories; empty: the system's for temporary files
  bool keep = false;
  bool cold = false;  // empty the store's caches and the system's before workloads that do not fill
  std::optional<std::string> baseline;
  std::optional<bool> progress;  // none: only if standard error is a terminal
  bool histogram = false;
  std::optional<std::string> json;  // a path, or "-" for standard output

  std::uint64_t operations() const { return reads.value_or(num); }
};

// kInvalidArgument, with a message of one line, for an unknown option or a value out of range. The
// names of stores and workloads are checked later.
Result<Settings> parse_settings(int argc, const char* const* argv);

// What --help prints.
std::string help_text();

}  // namespace strata::workload
