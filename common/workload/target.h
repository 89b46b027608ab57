// What can be measured: `memory`, every registered stage, and the peers (LevelDB, RocksDB, LMDB)
// that this program was built with.
//
// Thread-safety: none; used by the main thread.
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
  env::Path directory;  // it exists
  SyncMode sync = SyncMode::kAlways;
  Tuning tuning = {};
};

struct Target {
  std::string name;
  std::string summary;
  // Opens the store; creates it if it does not exist.
  std::function<Result<std::unique_ptr<Store>>(const TargetOptions&)> open;

  // Only for a server: the same store, used through many connections by one thread.
  std::function<Result<std::unique_ptr<AsyncStore>>()> connect = {};

  bool takes_tuning = false;  // the write buffer, the cache and the filter
  std::vector<std::string> compressions = {"none"};
  bool keeps_log = true;  // reopening after a crash replays something
  // The suffix of the files that the next opening replays after a crash. They have every user byte
  // uncompressed. Empty: unknown; then all files count.
  std::string log_suffix = {};
  // If not empty: this target was not compiled in, because this Debian package is missing.
  std::string missing_package = {};

  bool available() const { return missing_package.empty(); }
};

// `memory`, then the registered stages sorted by name, then `peers`.
std::vector<Target> all_targets(std::vector<Target> peers);

// A target named "remote": the server that `options` describes.
Result<Target> remote_target(const ConnectOptions& options);

// The last stage registered, or memory if there is none.
std::string default_target();

// kInvalidArgument if the name is unknown (the message lists the known ones), or if the target was
// not compiled in.
Result<const Target*> find_target(const std::vector<Target>& targets, std::string_view name);

// kInvalidArgument if the target cannot do what `tuning` asks.
Result<void> check_tuning(const Target& target, const Tuning& tuning);

}  // namespace strata::workload
