// A server as a store: the bridge back from a service to what a database is, so that whatever
// works on a store works across the wire.
//
// An error of write() says more than a store's has to: kUnknown means that it may have been done,
// any other that it was not and will not be. Writes carry tokens, so one that is sent again after
// its connection broke is still done once.
//
// Blocks: each call for a round trip at least, and at most for the client's timeout.
#pragma once

#include <memory>

#include "net/client_thread.h"
#include "net/token_source.h"
#include "store/store.h"

namespace strata::net {

class RemoteStore final : public Store {
 public:
  // Connects when it is called. kUnavailable if nobody answers; kInvalidArgument for a wrong
  // secret or cluster; kUnsupported for another version of the protocol.
  static Result<std::unique_ptr<RemoteStore>> connect(const ClientOptions& options);
  ~RemoteStore() override;

  // Snapshots are not served: kInvalidArgument for any.
  Result<std::optional<std::string>> get(std::string_view key,
                                         const ReadOptions& options = {}) override;
  Result<void> write(const WriteBatch& batch) override;
  // write(), if each key has the value that is expected of it (nullopt: if it is not there) just
  // before. kConflict if one has not.
  struct Condition {
    std::string key;
    std::optional<std::string> expected;
  };
  Result<void> write_if(const std::vector<Condition>& conditions, const WriteBatch& batch);

  // A cursor asks for the next page while it hands out this one.
  Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) override;
  Result<std::shared_ptr<const Snapshot>> snapshot() override;
  Result<std::vector<Stat>> stats() override;
  Capabilities capabilities() const override { return {.durable = durable_, .snapshots = false}; }
  Result<void> close() override;

  // How long an answer takes.
  Result<std::chrono::nanoseconds> ping();

 private:
  RemoteStore(std::unique_ptr<ClientThread> client, bool durable);

  std::shared_ptr<ClientThread> client() const;
  Result<Response> ask(Request request) const;

  mutable std::mutex mutex_;
  std::shared_ptr<ClientThread> client_;  // guarded by mutex_; null once it is closed
  TokenSource tokens_;
  const bool durable_;
};

}  // namespace strata::net
