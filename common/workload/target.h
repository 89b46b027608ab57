// What a workload can be run against: `memory`, every registered stage, and the peers
// (LevelDB, RocksDB, LMDB) that this program was built with.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "env/file_system.h"
#include "store/stage.h"
#include "store/store.h"

namespace strata::workload {

struct TargetOptions {
  env::Path directory;  // is there
  SyncMode sync = SyncMode::kAlways;
  Tuning tuning = {};
};

struct Target {
  std::string name;
  std::string summary;
  // Opens the store, making it if it is not there.
  std::function<Result<std::unique_ptr<Store>>(const TargetOptions&)> open;

  // Set for a server: the same store, asked by many connections of one thread.
  std::function<Result<std::unique_ptr<AsyncStore>>()> connect = {};

  bool takes_tuning = false;  // the write buffer, the cache and the filter
  std::vector<std::string> compressions = {"none"};
  bool cheap_stats = true;  // stats() may be asked before and after each workload
  bool keeps_log = true;    // reopening after a crash replays something
  // The files that a crash leaves for the next opening to replay end in this, and hold
  // every user byte uncompressed. Empty: unknown, then all files count.
  std::string log_suffix = {};
  // Not empty: not compiled in, and the Debian package that it wants.
  std::string missing_package = {};

  bool available() const { return missing_package.empty(); }
};

// `memory`, the registered stages by name, then `peers`.
std::vector<Target> all_targets(std::vector<Target> peers);

// The server that `options` says how to reach, as "remote".
Result<Target> remote_target(const ConnectOptions& options);

// The last stage registered, or memory if there is none.
std::string default_target();

// kInvalidArgument: unknown, naming those there are; or not compiled in.
Result<const Target*> find_target(const std::vector<Target>& targets, std::string_view name);

// kInvalidArgument if the target cannot do what `tuning` asks.
Result<void> check_tuning(const Target& target, const Tuning& tuning);

}  // namespace strata::workload
