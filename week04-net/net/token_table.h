// Remembers which writes were done, so that a write that is sent again is not done again.
//
// A client numbers its writes 1, 2, 3 ... Each write also says below which number the client knows
// all outcomes or will not ask again (settled_below). So for each client the table remembers that
// number and the few writes that were done since. The record of a client is stored in the same
// batch as its writes: a crash loses both or neither. (Ongaro, "Consensus: Bridging Theory and
// Practice", 2014, section 6.3.)
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
  std::uint64_t settled_below;  // the client will not ask again about any sequence below
};

// A client may have so many unsettled writes: sequence - settled_below is less than this.
inline constexpr std::uint64_t kTokenWindow = 1024;

enum class Standing {
  kFresh,    // not done yet: do it
  kDone,     // it was done, and must not be done again
  kInDoubt,  // it was tried, and nobody knows the outcome: until the store is opened again; or for
             // good, if this client has written since and so replaced the record that would tell
  kSettled,  // a late copy, below settled_below of its own token or of this client: do not do it
  kTooFar,   // client 0, or kTokenWindow or more above its own settled_below: against the rules
};

class TokenTable {
 public:
  // How long the table has been in use, as its owner counts it. This is time that passes, and not a
  // date, which somebody may set. After a restart it continues from the records.
  using Age = std::chrono::seconds;

  // What to do with a write that carries `token`. A sequence that is in doubt is kInDoubt, even if
  // it is also in the list of done ones.
  Standing standing(const Token& token) const;

  // Remembers that the write is done. Keeps the highest settled_below of this client, since
  // requests overtake each other, and forgets all sequences below it. Requires: standing(token) is
  // kFresh.
  void done(const Token& token, Age now);
  // The write that done() was called for has failed half-way: its outcome is not known.
  void in_doubt(const Token& token);

  // The record to store for a client. Format: FORMAT.md, "Token record". Requires: knows(client).
  std::string record_of(std::uint64_t client) const;
  // Takes over a stored record. Errors: kCorruption if it is damaged; kUnsupported for another
  // version.
  Result<void> load(std::uint64_t client, std::string_view record);
  // Adds what another table knows of a client to what this one knows. Its age says nothing here:
  // the client counts as heard now. Errors: as load(), and then nothing has changed.
  Result<void> adopt(std::uint64_t client, std::string_view record, Age now);

  // When any client last wrote.
  Age last_heard() const { return last_heard_; }
  // Some clients that last wrote before `moment`, at most `most` of them.
  std::vector<std::uint64_t> heard_before(Age moment, std::size_t most) const;
  void forget(const std::vector<std::uint64_t>& clients);

  bool knows(std::uint64_t client) const { return clients_.contains(client); }

  std::size_t size() const { return clients_.size(); }

 private:
  struct Client {
    Age heard{0};
    std::uint64_t settled_below = 1;
    std::vector<std::uint64_t> done = {};      // sorted; all >= settled_below
    std::vector<std::uint64_t> in_doubt = {};  // likewise
  };

  static Result<Client> client_from(std::string_view record);

  std::unordered_map<std::uint64_t, Client> clients_;
  Age last_heard_{0};
};

}  // namespace strata::net
