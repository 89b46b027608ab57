// Decides about writes: which are done, which were done before, which are refused; and what is
// written for them. Week 4 asks it before its one store; later weeks ask it where their log is
// applied.
//
// It decides about one group of writes after another. A write's conditions see the writes before it
// in its group. A write that is refused leaves nothing behind: not in the batch, not in the token
// table, and no condition sees it. Equal groups, times and values lead to equal decisions.
//
// Pure: no clock, no thread, and values are read through a function. Thread-safety: none; one
// owner.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "net/service.h"
#include "net/token_table.h"
#include "store/write_batch.h"

namespace strata::net {

using Conditions = google::protobuf::RepeatedPtrField<proto::Condition>;

// How many clients are remembered.
inline constexpr std::size_t kMaxClients = 1'000'000;

class WriteDecider {
 public:
  struct Write {
    std::optional<Token> token;
    std::chrono::nanoseconds deadline;       // max(): none
    const Conditions* conditions = nullptr;  // null: none
    std::size_t first = 0;                   // index of its operations in the group's batch
    std::size_t count = 0;
  };
  enum class Decision { kWrite, kRepeated, kRefused };
  struct Verdict {
    Decision decision;
    proto::Error refusal = {};  // the answer, if the decision is kRefused
  };
  // When a write is decided.
  struct Moment {
    std::chrono::nanoseconds now;  // on the clock of the deadlines
    TokenTable::Age age;           // as the owner of the token table counts it
  };
  // The value of a key before the group; nullopt if there is none.
  using Read = std::function<Result<std::optional<std::string>>(std::string_view key)>;

  // Writes of no more than `most_clients` clients are done, until some are forgotten.
  explicit WriteDecider(TokenTable tokens, std::size_t most_clients = kMaxClients)
      : tokens_(std::move(tokens)), most_clients_(most_clients) {}

  // Begins a group whose operations are in `batch`. Requires: `batch` does not change before
  // to_write(), and lives as long as the result of that is used, and until the last call for the
  // group.
  void begin(WriteBatch& batch);

  // Decides about the next write of the group. Requires: the operations of the group's writes stand
  // in its batch in this order. An error of `read` refuses the write.
  Verdict decide(const Write& write, const Moment& moment, const Read& read);

  // What is to be written for the group: the operations of the writes to do, and one record for
  // each client of such a write. Mostly this is the group's batch, and nothing is copied. It is
  // empty if there is nothing to do. Called once for a group, after the last decide().
  WriteBatch& to_write();

  // The batch may be written or not: nobody knows. The tokens of the writes to do are in doubt.
  void in_doubt();

  TokenTable& tokens() { return tokens_; }
  const TokenTable& tokens() const { return tokens_; }
  // Every client of a write to do is known, and no operation is counted twice.
  void check_invariants() const;

 private:
  struct Span {
    std::size_t first;
    std::size_t count;
  };

  std::optional<Verdict> by_token(const Write& write, const Moment& moment) const;
  Result<void> check_conditions(const Write& write, const Read& read);
  Result<std::optional<std::string>> value_before(std::string_view key, const Read& read);

  TokenTable tokens_;
  std::size_t most_clients_;
  WriteBatch* batch_ = nullptr;    // of the group
  std::vector<Span> done_;         // the operations of the writes to do
  std::vector<Token> new_tokens_;  // their tokens
  WriteBatch kept_;                // these operations, if others are in batch_, too
  // For each key the index of its last operation among done_[0, indexed_). Built only when a
  // condition needs it.
  std::unordered_map<std::string_view, std::size_t> latest_;
  std::size_t indexed_ = 0;
};

}  // namespace strata::net
