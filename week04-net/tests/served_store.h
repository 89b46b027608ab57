// A store, the server in front of it, and a client. The suites for any store run on it, so that
// each of their calls goes over a connection.
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <vector>

#include "net/relay_service.h"
#include "net/remote_store.h"
#include "net/server.h"
#include "net/store_service.h"

namespace strata::net {

class ServedStore final : public Store {
 public:
  // Serves `store` at `at`. With `relay`, a second server at `relay` passes requests on to the
  // first.
  static Result<std::unique_ptr<Store>> open(std::unique_ptr<Store> store, const Endpoint& at,
                                             const std::optional<Endpoint>& relay = {}) {
    std::unique_ptr<ServedStore> served(new ServedStore);
    served->store_ = std::move(store);
    STRATA_TRY(served->service_, StoreService::open(*served->store_));
    STRATA_TRY(served->server_, Server::start(*served->service_, served->options(at)));
    Endpoint endpoint = served->server_->endpoints().front();
    if (relay) {
      served->relay_ = std::make_unique<RelayService>(
          ClientOptions{.channel = {.endpoint = endpoint}, .timeout = kPatience},
          "the storage process");
      STRATA_TRY(served->front_, Server::start(*served->relay_, served->options(*relay)));
      endpoint = served->front_->endpoints().front();
      // The relay tells its clients what the first server has told it; so wait until it knows.
      std::promise<void> answered;
      Request stats;
      stats.mutable_stats();
      served->relay_->handle(std::move(stats), {}, [&](const Response&) { answered.set_value(); });
      answered.get_future().wait();
    }
    STRATA_TRY(served->client_,
               RemoteStore::connect({.channel = {.endpoint = endpoint}, .timeout = kPatience}));
    return served;
  }

  Result<std::optional<std::string>> get(std::string_view key,
                                         const ReadOptions& options = {}) override {
    return client_->get(key, options);
  }
  Result<void> write(const WriteBatch& batch) override { return client_->write(batch); }
  Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) override {
    return client_->scan(options);
  }
  Result<std::shared_ptr<const Snapshot>> snapshot() override { return client_->snapshot(); }
  Result<void> write_if(std::span<const Condition> conditions, const WriteBatch& batch) override {
    return client_->write_if(conditions, batch);
  }
  Result<std::vector<Stat>> stats() override { return client_->stats(); }
  Result<std::uint64_t> count_keys() override { return client_->count_keys(); }
  Capabilities capabilities() const override { return client_->capabilities(); }
  Result<void> close() override {
    STRATA_TRY(client_->close());
    front_.reset();
    relay_.reset();
    server_.reset();
    service_.reset();
    return store_->close();
  }

 private:
  // With a sanitizer on a busy machine, the largest value needs many seconds.
  static constexpr std::chrono::minutes kPatience{2};

  ServedStore() = default;
  ServerOptions options(const Endpoint& at) const {
    return {.listen = {at}, .identity = {.cluster_id = "test"}};
  }

  std::unique_ptr<Store> store_;
  std::unique_ptr<StoreService> service_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<RelayService> relay_;  // null: there is no relay
  std::unique_ptr<Server> front_;
  std::unique_ptr<RemoteStore> client_;
};

}  // namespace strata::net
