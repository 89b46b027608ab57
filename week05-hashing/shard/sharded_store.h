// Makes a cluster a store: a client that knows the map, and goes straight to the server that has a
// key. When that one does not have it any more, it says so; then the client learns the newer map,
// and asks the next one.
//
// Scans and statistics go through one of the servers, which asks the others.
//
// Thread-safety: as Store. Blocks: each call, for at least one round trip and at most the client's
// timeout.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "net/remote_store.h"
#include "shard/map_view.h"

namespace strata::shard {

struct ShardedStoreOptions {
  std::vector<std::string> addresses;  // of some servers of the cluster; those it has are learnt
  net::ChannelOptions channel = {};    // of all connections, but for the endpoint
  std::chrono::milliseconds timeout{10'000};
  // A batch whose keys belong to several servers is split into one write for each of them, which
  // may be done or not on their own. Without this, such a batch is refused.
  bool splits_batches = false;
};

class ShardedStore final : public Store {
 public:
  // Blocks until a server has told the map. Errors: kUnavailable if none does.
  static Result<std::unique_ptr<ShardedStore>> connect(ShardedStoreOptions options);
  ~ShardedStore() override;

  Result<std::optional<std::string>> get(std::string_view key,
                                         const ReadOptions& options = {}) override;
  // kInvalidArgument if the keys belong to several servers; nothing was written.
  Result<void> write(const WriteBatch& batch) override;
  Result<void> write_if(std::span<const Condition> conditions, const WriteBatch& batch) override;
  Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) override;
  Result<std::shared_ptr<const Snapshot>> snapshot() override;
  Result<std::vector<Stat>> stats() override;
  Result<std::uint64_t> count_keys() override;
  Result<void> sync() override;
  Capabilities capabilities() const override;
  Result<void> close() override;

  // The map that it knows.
  std::shared_ptr<const MapView> view() const;
  // Asks a server of the cluster anything: the first one that can be reached.
  Result<net::Response> ask_any(const net::Request& request);
  // Asks the server at an address.
  Result<net::Response> ask_at(const std::string& address, const net::Request& request);
  // Takes over a newer map, if a server has one.
  Result<void> learn();

 private:
  explicit ShardedStore(ShardedStoreOptions options);

  Result<net::Response> ask_owner(const std::vector<Point>& points, const net::Request& request);
  Result<void> write_whole(std::span<const Condition> conditions, const WriteBatch& batch);
  std::shared_ptr<net::ClientThread> client_at(const std::string& address);
  std::shared_ptr<net::RemoteStore> home() const;
  std::vector<std::string> addresses() const;
  Result<void> find_home();
  env::TimePoint now() const { return options_.channel.clock->now(); }

  const ShardedStoreOptions options_;
  mutable std::mutex mutex_;
  // Guarded by mutex_:
  std::shared_ptr<const MapView> view_;
  std::map<std::string, std::shared_ptr<net::ClientThread>> clients_;  // by address
  std::shared_ptr<net::RemoteStore> home_;                             // null: the store is closed
  net::TokenSource tokens_;
};

}  // namespace strata::shard
