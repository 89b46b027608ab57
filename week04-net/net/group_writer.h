// Does the writes of all connections, one group after another. Writes that arrive while one group
// is being written form the next group, and share its sync.
//
// One worker writes all groups, and asks a WriteDecider what becomes of each write. Nobody else may
// write to the store. Nobody is answered before the whole group is durable, copies included. If the
// store fails, all writes of the group that are not refused are answered UNKNOWN, and their tokens
// are in doubt; and no condition of the group is said not to hold.
//
// Thread-safety: all functions may be called from many threads at once. Blocks: open(), on the
// store.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "env/clock.h"
#include "env/worker.h"
#include "net/service.h"
#include "net/write_decider.h"
#include "store/store.h"

namespace strata::net {

// The largest batch of a client: the store's own limit, less the room for token records in the same
// batch.
inline constexpr std::size_t kMaxWriteSize = kMaxBatchSize - (std::size_t{64} << 10);

// What another server has had so far: entries, and what it knows of the tokens of its clients.
struct Delivery {
  WriteBatch entries;
  // Of a client, as TokenTable::record_of() made it.
  struct Tokens {
    std::uint64_t client;
    std::string record;
  };
  std::vector<Tokens> tokens = {};
  bool durable = false;  // when it is done, whatever the store's sync mode is

  using Done = std::move_only_function<void(Result<void>)>;
};

struct GroupWriterFigures {
  std::uint64_t writes = 0;  // that the writer's thread has answered, refused ones included
  std::uint64_t groups = 0;
  std::uint64_t repeated = 0;  // writes that were done before under the same token
  std::uint64_t clients = 0;   // clients whose tokens are remembered
};

class GroupWriter {
 public:
  // Reads the token records from the store. `workers` drive it: without threads, a write is done
  // before push() returns. Requires: `store` and `clock` outlive the writer;
  // nobody else writes to the store. Errors: those of the store and of TokenTable::load().
  static Result<std::unique_ptr<GroupWriter>> open(Store& store, env::Clock& clock,
                                                   std::chrono::seconds token_lifetime,
                                                   env::Workers& workers);
  // Does the writes that are in line, then ends.
  ~GroupWriter();

  // Puts a write in line. Calls `reply` once: at once for a write that breaks a limit of the store
  // or touches a hidden key (INVALID_ARGUMENT), otherwise later on the writer's thread.
  // Requires: the body is a write. Takes it out of `request`. Blocks: never. If it throws, it
  // leaves nothing behind: the write is not done, and `reply` is not called.
  // With context.more the write may stay in line until flush().
  void push(Request& request, const Context& context, Reply reply);

  // Puts a delivery in line: all of it is written, in one batch, or nothing. No condition stands in
  // its way, it may have hidden keys, and a later write of one of these clients meets its tokens.
  // Requires: no token record among the entries; together with the token records the batch is no
  // larger than a store takes. `done` is called once, on the writer's thread; after an error of the
  // store the delivery may have been written. Blocks: never.
  void push(Delivery delivery, Delivery::Done done);

  // Has the writer's thread begin with what is in line. Blocks: never.
  void flush();

  // Has the writer's thread forget clients that have written nothing for the lifetime of a token.
  void forget_old_clients();

  GroupWriterFigures figures() const;
  // Each group in line has writes, and their operations, in order.
  void check_invariants() const;

  // Whether the store may have keys that sort before the hidden ones. Never false for a key whose
  // write has begun.
  bool keys_before_hidden() const { return keys_before_hidden_; }

 private:
  struct Pending {
    std::uint64_t id;
    Reply reply;
    std::unique_ptr<const proto::Write> asked;
    WriteDecider::Write write;
    WriteDecider::Verdict verdict = {};
  };

  // The writes that are written together.
  struct Group {
    WriteBatch batch;  // refers to `writes`
    std::vector<Pending> writes;

    bool has_room_for(std::size_t bytes) const;
    // Adds nothing if it throws.
    void add(Pending pending);
    void clear();
  };

  GroupWriter(Store& store, env::Clock& clock, std::chrono::seconds token_lifetime,
              TokenTable table, bool keys_before_hidden)
      : store_(store),
        clock_(clock),
        token_lifetime_(token_lifetime),
        keys_before_hidden_(keys_before_hidden),
        decider_(std::move(table)),
        began_(clock.steady() - decider_.tokens().last_heard()) {}

  std::chrono::nanoseconds step();
  void write(Group& group);
  Result<void> write(Delivery& delivery);
  void deliver();
  void settle(Group& group, const Result<void>& outcome,
              proto::Error::Code failure = proto::Error::UNKNOWN);
  TokenTable::Age age() const;
  // If it fails, these clients are still remembered, and a later call tries again.
  void drop_old_clients();

  Store& store_;
  env::Clock& clock_;
  const std::chrono::seconds token_lifetime_;
  std::atomic<bool> keys_before_hidden_;

  mutable std::mutex mutex_;
  std::deque<Group> line_;  // guarded by mutex_
  Group spare_;             // guarded by mutex_; empty, kept for its memory
  std::deque<std::pair<Delivery, Delivery::Done>> deliveries_;  // guarded by mutex_
  bool forget_ = false;                                         // guarded by mutex_
  GroupWriterFigures figures_;                                  // guarded by mutex_

  // Used only by step():
  WriteDecider decider_;
  const std::chrono::nanoseconds began_;  // on the steady clock: when the tokens' age was 0

  std::unique_ptr<env::Worker> worker_;  // last: it uses all of the above
};

}  // namespace strata::net
