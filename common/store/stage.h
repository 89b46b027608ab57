// Which stages a program was linked with: their names, the files that they write, and how to
// connect to a server.
//
// common knows no week. Each week has a small stage.cc that registers the week here when a program
// starts. strata-load and strata-dump use everything that was registered.
//
// Thread-safety: register before main; then every function may be called from many threads.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "env/file_system.h"
#include "store/async_store.h"
#include "store/store.h"

namespace strata {

// Options of a store besides its sync mode. An option that is not set keeps its default.
struct Tuning {
  std::optional<std::uint64_t> write_buffer = {};  // bytes
  std::optional<std::uint64_t> cache = {};         // bytes of the block cache
  std::optional<int> filter_bits = {};             // of the Bloom filter, for each key
  std::optional<std::string> compression = {};     // by name: "lz4"
};

struct StageOptions {
  env::Path directory;
  SyncMode sync = SyncMode::kAlways;
  Tuning tuning = {};
};

struct Stage {
  std::string name;  // "week01"
  std::string summary;
  // Opens the stage's store on the real file system; creates it if it does not exist.
  std::function<Result<std::unique_ptr<Store>>(const StageOptions&)> open;
  bool takes_tuning = false;                         // the write buffer, the cache and the filter
  std::vector<std::string> compressions = {"none"};  // the names that it accepts
};

// What strata-dump found.
enum class DumpVerdict {
  kSound,
  kTornTail,  // a crash left it; the format allows it
  kDamaged,
};

// Prints one kind of file, field by field. `matches` recognises the kind by the first bytes.
struct FileDumper {
  std::string kind;  // "log segment"
  std::function<bool(ByteView head)> matches;
  std::function<Result<DumpVerdict>(env::FileSystem&, const env::Path&, std::ostream&)> dump;
};

// How to connect to a server. The two functions below return when they are connected.
struct ConnectOptions {
  std::string address;           // "HOST:PORT" or "unix:PATH"
  std::string secret_file = {};  // empty: the server needs no secret
  std::size_t connections = 1;
  std::chrono::milliseconds timeout{30'000};  // for one request
};

struct Connector {
  std::string scheme = {};  // takes addresses that begin with "SCHEME:"; empty: all others
  std::function<Result<std::unique_ptr<Store>>(const ConnectOptions&)> connect;
  std::function<Result<std::unique_ptr<AsyncStore>>(const ConnectOptions&)> connect_async;
};

// All registrations happen before main, all lookups after it. So there is no lock.
void register_stage(Stage stage);
void register_dumper(FileDumper dumper);
void register_connector(Connector connector);
const std::vector<Stage>& stages();
const std::vector<FileDumper>& dumpers();
// kUnsupported in a program that was linked without a network.
Result<const Connector*> find_connector(std::string_view address);

// kInvalidArgument for an unknown name. The message lists the known ones.
Result<const Stage*> find_stage(std::string_view name);

}  // namespace strata
