// Does the writes of all connections, one group after another: what comes in while one group is
// on its way to the disk makes up the next one, and shares its sync.
//
// One thread decides about all writes. So a condition can be checked against what stands before
// it in its own group, and a token is seen once; nothing else may write to the store.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "env/clock.h"
#include "net/service.h"
#include "net/token_table.h"
#include "store/store.h"

namespace strata::net {

// What a batch from outside may come to: a store's own limit, less the room that the records of
// a group's tokens may need beside it.
inline constexpr std::size_t kMaxWriteSize = kMaxBatchSize - (std::size_t{64} << 10);

struct GroupWriterFigures {
  std::uint64_t writes = 0;  // answered by the writer's thread, the refused ones too
  std::uint64_t groups = 0;
  std::uint64_t repeated = 0;  // writes whose token had been seen
  std::uint64_t clients = 0;   // whose tokens are remembered
};

class GroupWriter {
 public:
  // Reads from the store which tokens it has seen. Both must outlive the writer, and nobody
  // else may write to the store.
  static Result<std::unique_ptr<GroupWriter>> open(Store& store, env::Clock& clock,
                                                   std::chrono::seconds token_lifetime);
  // Does what is in line, then ends.
  ~GroupWriter();

  // Requires: the body is a write. `reply` is called at once for a write that no store would
  // take, else by the writer's thread.
  void push(const Request& request, Reply reply);

  // Lets go of clients that have not been heard of for the lifetime of a token.
  void forget_old_clients();

  GroupWriterFigures figures() const;

 private:
  using Conditions = google::protobuf::RepeatedPtrField<proto::Condition>;
  enum class Decision { kWrite, kRepeated, kRefused };

  struct Pending {
    std::uint64_t id;
    Reply reply;
    std::chrono::nanoseconds deadline;  // by the steady clock; max(): none
    std::optional<Token> token;
    std::unique_ptr<const Conditions> conditions;  // null: none
    std::size_t first;                             // its operations in the group's batch
    std::size_t count;
    Decision decision = Decision::kWrite;
    proto::Error refusal = {};  // of kRefused
  };

  // What is written together.
  struct Group {
    WriteBatch batch;
    std::vector<Pending> writes;

    bool has_room_for(std::size_t bytes) const;
    void clear();
  };

  GroupWriter(Store& store, env::Clock& clock, std::chrono::seconds token_lifetime,
              TokenTable table)
      : store_(store),
        clock_(clock),
        token_lifetime_(token_lifetime),
        tokens_(std::move(table)),
        began_(clock.steady() - tokens_.last_heard()) {}

  void work();
  void write(Group& group);
  void admit(Group& group, Pending& write, std::chrono::nanoseconds now);
  Result<void> check_conditions(const Group& group, const Pending& write);
  Result<std::optional<std::string>> value_before(const Group& group, const Pending& write,
                                                  std::string_view key);
  WriteBatch& admitted(Group& group);
  void settle(Group& group, const Result<void>& outcome,
              proto::Error::Code failure = proto::Error::UNKNOWN);
  TokenTable::Age age(std::chrono::nanoseconds now) const;
  void drop_old_clients();

  Store& store_;
  env::Clock& clock_;
  const std::chrono::seconds token_lifetime_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Group> line_;      // guarded by mutex_
  Group spare_;                 // guarded by mutex_: empty, with memory of its own
  bool forget_ = false;         // guarded by mutex_
  bool finishing_ = false;      // guarded by mutex_
  GroupWriterFigures figures_;  // guarded by mutex_

  // The writer thread's own:
  TokenTable tokens_;
  const std::chrono::nanoseconds began_;  // by the steady clock: when the tokens' age was 0
  std::vector<Token> new_tokens_;         // of the group that is being written
  WriteBatch kept_;                       // of a group of which not all is written
  // Where a key's last operation stands in the group's batch, as far as it has been decided: made
  // only where a condition asks.
  std::unordered_map<std::string_view, std::size_t> latest_;
  std::size_t indexed_ = 0;  // writes of the group that latest_ knows

  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace strata::net
