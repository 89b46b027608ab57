// The stages that a program was linked with, by name, the files they write, and how to reach
// a server.
//
// common knows no week. Each week has one small stage.cc that registers it here when a
// program starts; strata-load and strata-dump take whatever has been registered.
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

// What may be set about a store beside its mode. What is not set is as it comes.
struct Tuning {
  std::optional<std::uint64_t> write_buffer = {};  // bytes
  std::optional<std::uint64_t> cache = {};         // bytes of the block cache
  std::optional<int> filter_bits = {};             // bits a key of the Bloom filter
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
  // Opens the stage's store on the real file system, making it if it is not there.
  std::function<Result<std::unique_ptr<Store>>(const StageOptions&)> open;
  bool takes_tuning = false;                         // the write buffer, the cache and the filter
  std::vector<std::string> compressions = {"none"};  // the names that it knows
};

// What strata-dump found wrong, if anything.
enum class DumpVerdict {
  kSound,
  kTornTail,  // allowed by the format; a crash left it
  kDamaged,
};

// Prints one kind of file field by field. `matches` looks at the first bytes.
struct FileDumper {
  std::string kind;  // "log segment"
  std::function<bool(ByteView head)> matches;
  std::function<Result<DumpVerdict>(env::FileSystem&, const env::Path&, std::ostream&)> dump;
};

// How to reach a server. What the two functions answer is connected when they return.
struct ConnectOptions {
  std::string address;           // "HOST:PORT" or "unix:PATH"
  std::string secret_file = {};  // empty: it wants none
  std::size_t connections = 1;
};

struct Connector {
  std::function<Result<std::unique_ptr<Store>>(const ConnectOptions&)> connect;
  std::function<Result<std::unique_ptr<AsyncStore>>(const ConnectOptions&)> connect_async;
};

// Registration happens before main, lookups after; so no lock.
void register_stage(Stage stage);
void register_dumper(FileDumper dumper);
void register_connector(Connector connector);
const std::vector<Stage>& stages();
const std::vector<FileDumper>& dumpers();
// kUnsupported in a program that knows no network.
Result<const Connector*> find_connector();

// kInvalidArgument, naming those there are.
Result<const Stage*> find_stage(std::string_view name);

}  // namespace strata
