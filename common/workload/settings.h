// The command line of strata-load, parsed and checked.
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
  std::optional<std::uint64_t> reads;  // operations of what does not fill; else num
  std::size_t key_size = 16;           // bytes
  std::size_t value_size = 100;        // bytes
  unsigned threads = 1;
  unsigned rounds = 1;
  std::optional<ConnectOptions> connect;  // a server, instead of stores of this process
  std::size_t pipeline = 1;               // operations under way on each of its connections
  std::uint64_t rate = 0;                 // operations a second; 0: as many as are answered
  std::uint64_t write_rate = 0;           // of the writer beside readwhilewriting; 0: it is free
  SyncMode sync = SyncMode::kNever;
  std::uint64_t seed = 1;
  Tuning tuning;

  env::Path directory;  // holds a fresh directory a store; empty: the system's for temporaries
  bool keep = false;
  bool cold = false;  // what does not fill finds neither the store's caches filled nor the system's
  std::optional<std::string> baseline;
  std::optional<bool> progress;  // nothing: if standard error is a terminal
  bool histogram = false;
  std::optional<std::string> json;  // a path, or "-" for standard output

  std::uint64_t operations() const { return reads.value_or(num); }
};

// kInvalidArgument, in one line, for an unknown option or a value out of its range. The
// names of stores and workloads are not looked up here.
Result<Settings> parse_settings(int argc, const char* const* argv);

// What --help prints.
std::string help_text();

}  // namespace strata::workload
