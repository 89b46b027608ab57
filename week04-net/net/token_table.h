// Remembers which writes have been done, so that one that is sent again is not done again.
//
// A client numbers its writes 1, 2, 3 ... and says with each below which number it has all
// outcomes; so what has to be remembered of a client is a number and the few done since. The
// record of a client is stored in the same batch as its writes: both survive a crash, or neither.
// (Ongaro, "Consensus: Bridging Theory and Practice", 2014, section 6.3.)
//
// Pure: no clock, no store. Thread-safety: none; one owner.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace strata::net {

struct Token {
  std::uint64_t client;
  std::uint64_t sequence;
  std::uint64_t settled_below;  // the client knows the outcome of every sequence below
};

// How many of its writes a client may have unsettled.
inline constexpr std::uint64_t kTokenWindow = 1024;

enum class Standing {
  kFresh,    // not done yet: do it
  kDone,     // done, and must not be again
  kInDoubt,  // it was tried, and its outcome cannot be known: before the store is opened again, or
             // for good, where this client has written since and so replaced what would tell
  kSettled,  // a late copy, whose outcome the client knew, or gave up on: not to be done
  kTooFar,   // beyond the window, or no token: a client that keeps the rules never sends it
};

class TokenTable {
 public:
  // For how long the table has been in use, as its owner counts it: time that passes, not a date,
  // which an operator may set. It goes on where the records left it.
  using Age = std::chrono::seconds;

  Standing standing(const Token& token) const;

  // Requires: standing(token) is kFresh.
  void done(const Token& token, Age now);
  // The write that done() was told of failed half-way.
  void in_doubt(const Token& token);

  // What to store for a client. Format: FORMAT.md, "Token record".
  std::string record_of(std::uint64_t client) const;
  // kCorruption if `record` is none.
  Result<void> load(std::uint64_t client, std::string_view record);

  // When a client was last heard of.
  Age last_heard() const { return last_heard_; }
  // Some clients last heard of before `moment`, at most so many.
  std::vector<std::uint64_t> heard_before(Age moment, std::size_t most) const;
  void forget(const std::vector<std::uint64_t>& clients);

  bool knows(std::uint64_t client) const { return clients_.contains(client); }

  std::size_t size() const { return clients_.size(); }

 private:
  struct Client {
    Age heard{0};
    std::uint64_t settled_below = 1;
    std::vector<std::uint64_t> done = {};      // sorted; none below settled_below
    std::vector<std::uint64_t> in_doubt = {};  // likewise
  };

  std::unordered_map<std::uint64_t, Client> clients_;
  Age last_heard_{0};
};

}  // namespace strata::net
