// Makes a server a store: the bridge back from a service to a database. So everything that works on
// a store works over the network.
//
// An error of write() says more than the error of a local store: kUnknown means that the write may
// have been done; any other code means that it was not done and will not be. Writes carry tokens,
// so a write that is sent again after its connection broke is done once.
//
// Thread-safety: as Store. Blocks: each call, for at least one round trip and at most the client's
// timeout.
#pragma once

#include <memory>

#include "net/client_thread.h"
#include "net/token_source.h"
#include "store/store.h"

namespace strata::net {

// What a server would refuse, without a round trip: kInvalidArgument for a batch that breaks a
// limit of a store or of a server.
Result<void> check_write(const WriteBatch& batch);

class RemoteStore final : public Store {
 public:
  // Blocks until it is connected. Errors: kUnavailable if nobody answers; kInvalidArgument for a
  // wrong secret or cluster; kUnsupported for another version of the protocol.
  static Result<std::unique_ptr<RemoteStore>> connect(const ClientOptions& options);
  ~RemoteStore() override;

  // The protocol has no snapshots: kInvalidArgument if `options` has one.
  Result<std::optional<std::string>> get(std::string_view key,
                                         const ReadOptions& options = {}) override;
  Result<void> write(const WriteBatch& batch) override;
  Result<void> write_if(std::span<const Condition> conditions, const WriteBatch& batch) override;

  // The cursor asks for the next page while it hands out the current one.
  Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) override;
  Result<std::shared_ptr<const Snapshot>> snapshot() override;
  Result<std::vector<Stat>> stats() override;
  Result<std::uint64_t> count_keys() override;
  Result<void> sync() override;  // kUnsupported: the server syncs as it was told to
  Capabilities capabilities() const override { return {.durable = durable_, .conditions = true}; }
  Result<void> close() override;

  // How long one round trip takes.
  Result<std::chrono::nanoseconds> ping();

 private:
  RemoteStore(std::unique_ptr<ClientThread> client, std::uint64_t id, bool durable);

  std::shared_ptr<ClientThread> client() const;
  Result<Response> ask(Request request) const;

  mutable std::mutex mutex_;
  std::shared_ptr<ClientThread> client_;  // guarded by mutex_; null once it is closed
  TokenSource tokens_;
  const bool durable_;
};

}  // namespace strata::net
