// What it costs to ask the wrong server: a get of a key by the server that has it, and by another
// one, which passes the request on. And the client that knows the map.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "env/temporary_directory.h"
#include "net/server.h"
#include "shard/node_process.h"
#include "shard/sharded_store.h"
#include "store/memory_store.h"

namespace strata::shard {
namespace {

// Three servers in this process, with stores in memory, and a key of the first one.
class Bench {
 public:
  Bench() {
    std::vector<Server> founders;
    for (int number = 0; number < 3; ++number)
      founders.push_back({.name = fmt::format("n{}", number + 1), .address = address(number)});
    for (int number = 0; number < 3; ++number) start(number, founders);
    sharded_ = ShardedStore::connect({.addresses = {address(0)}}).value();
    const ClusterMap map = sharded_->view()->map;
    while (map.find(sharded_->view()->before.owner(hashing::point_of(key_)))->name != "n1")
      key_ += "x";
    if (!sharded_->put(key_, "a value of some twenty bytes")) std::abort();
    for (const int number : {0, 1}) {
      net::ClientOptions options;
      options.channel.endpoint = net::parse_endpoint(address(number)).value();
      stores_.push_back(net::RemoteStore::connect(options).value());
    }
  }

  Store& owner() { return *stores_[0]; }
  Store& other() { return *stores_[1]; }
  Store& sharded() { return *sharded_; }
  const std::string& key() const { return key_; }

 private:
  struct Member {
    std::unique_ptr<Store> store;
    std::unique_ptr<NodeProcess> node;
    std::unique_ptr<net::Server> server;
  };

  std::string address(int number) const {
    return fmt::format("unix:{}/{}.sock", directory_->path().string(), number);
  }
  void start(int number, const std::vector<Server>& founders) {
    Member member{.store = std::make_unique<MemoryStore>(), .node = nullptr, .server = nullptr};
    ShardNodeOptions options{.name = fmt::format("n{}", number + 1), .address = address(number)};
    options.membership.founders = founders;
    member.node = NodeProcess::start(*member.store, options, {}).value();
    const net::Endpoint endpoint = net::parse_endpoint(address(number)).value();
    member.server = net::Server::start(member.node->service(), {.listen = {endpoint}}).value();
    members_.push_back(std::move(member));
  }

  std::unique_ptr<env::TemporaryDirectory> directory_ =
      env::TemporaryDirectory::make(std::filesystem::temp_directory_path(), "strata-bench").value();
  std::vector<Member> members_;
  std::unique_ptr<ShardedStore> sharded_;
  std::vector<std::unique_ptr<net::RemoteStore>> stores_;
  std::string key_ = "key";
};

Bench& bench() {
  static Bench all;
  return all;
}

void get(benchmark::State& state, Store& store) {
  for (auto _ : state)
    if (!store.get(bench().key()).value()) state.SkipWithError("the key is not there");
}

void GetFromTheOwner(benchmark::State& state) { get(state, bench().owner()); }
void GetFromAnother(benchmark::State& state) { get(state, bench().other()); }
void GetBySmartClient(benchmark::State& state) { get(state, bench().sharded()); }
BENCHMARK(GetFromTheOwner)->UseRealTime();
BENCHMARK(GetFromAnother)->UseRealTime();
BENCHMARK(GetBySmartClient)->UseRealTime();

}  // namespace
}  // namespace strata::shard
