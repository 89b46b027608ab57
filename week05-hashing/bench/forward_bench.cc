// What it costs to ask the wrong server: a get of a key by the server that has it, and by another
// one, which passes the request on. And the client that knows the map.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>
#include <memory>

#include "../tests/real_cluster.h"
#include "testing/temporary_directory.h"

namespace strata::shard {
namespace {

// Three servers in this process, and a key of the first one.
class Bench {
 public:
  Bench() {
    if (!cluster_.start(3)) std::abort();
    sharded_ = ShardedStore::connect({.addresses = cluster_.addresses()}).value();
    const ClusterMap map = sharded_->view()->map;
    while (map.find(sharded_->view()->before.owner(hashing::point_of(key_)))->name != "n1")
      key_ += "x";
    if (!sharded_->put(key_, "a value of some twenty bytes")) std::abort();
    for (const std::size_t number : {1, 2}) {
      net::ClientOptions options;
      options.channel.endpoint = net::parse_endpoint(cluster_.address(number)).value();
      stores_.push_back(net::RemoteStore::connect(options).value());
    }
  }

  Store& owner() { return *stores_[0]; }
  Store& other() { return *stores_[1]; }
  Store& sharded() { return *sharded_; }
  const std::string& key() const { return key_; }

 private:
  testing::TemporaryDirectory directory_;
  RealCluster cluster_{directory_.path() / "server"};
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
