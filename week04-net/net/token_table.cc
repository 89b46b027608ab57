#include "net/token_table.h"

#include <algorithm>

#include "base/assert.h"
#include "base/bytes.h"

namespace strata::net {
namespace {

constexpr std::uint8_t kRecordVersion = 2;
constexpr std::uint8_t kDated = 1;  // in this version `heard` was a date, and not an age
constexpr std::uint64_t kLongestAge = 100ULL * 366 * 24 * 3600;

bool holds(const std::vector<std::uint64_t>& sorted, std::uint64_t sequence) {
  return std::ranges::binary_search(sorted, sequence);
}

void insert(std::vector<std::uint64_t>& sorted, std::uint64_t sequence) {
  sorted.insert(std::ranges::upper_bound(sorted, sequence), sequence);
}

void drop_below(std::vector<std::uint64_t>& sorted, std::uint64_t sequence) {
  sorted.erase(sorted.begin(), std::ranges::lower_bound(sorted, sequence));
}

}  // namespace

Standing TokenTable::standing(const Token& token) const {
  // TASK 4.3: decide in this order. kTooFar: the client is 0. kSettled: the sequence is below the
  // token's own settled_below. kTooFar: it is kTokenWindow or more above it. kFresh: the client is
  // not known. kSettled: the sequence is below the client's settled_below. Then in doubt, then
  // done, else kFresh. The numbers are unsigned and may be as large as 64 bits allow.
  if (token.client == 0) return Standing::kTooFar;
  if (token.sequence < token.settled_below) return Standing::kSettled;
  if (token.sequence - token.settled_below >= kTokenWindow) return Standing::kTooFar;
  const auto found = clients_.find(token.client);
  if (found == clients_.end()) return Standing::kFresh;
  const Client& client = found->second;
  if (token.sequence < client.settled_below) return Standing::kSettled;
  if (holds(client.in_doubt, token.sequence)) return Standing::kInDoubt;
  return holds(client.done, token.sequence) ? Standing::kDone : Standing::kFresh;
  // END TASK 4.3
}

void TokenTable::done(const Token& token, Age now) {
  STRATA_ASSERT(standing(token) == Standing::kFresh);
  last_heard_ = std::max(last_heard_, now);
  // TASK 4.3: note when the client was heard, the higher of the two settled_below, and the sequence
  // among the done ones, which stay sorted. Then drop every sequence below settled_below from both
  // lists, so that the record does not grow.
  Client& client = clients_[token.client];
  client.heard = now;
  // Requests overtake each other: an older one must not lower what a newer one has set.
  client.settled_below = std::max(client.settled_below, token.settled_below);
  insert(client.done, token.sequence);
  drop_below(client.done, client.settled_below);
  drop_below(client.in_doubt, client.settled_below);
  // END TASK 4.3
}

void TokenTable::in_doubt(const Token& token) {
  Client& client = clients_[token.client];
  std::erase(client.done, token.sequence);
  if (!holds(client.in_doubt, token.sequence)) insert(client.in_doubt, token.sequence);
}

std::string TokenTable::record_of(std::uint64_t client) const {
  const auto found = clients_.find(client);
  STRATA_ASSERT(found != clients_.end());
  Bytes record;
  Encoder out(record);
  out.u8(kRecordVersion);
  out.u64(static_cast<std::uint64_t>(found->second.heard.count()));
  out.u64(found->second.settled_below);
  for (const auto* list : {&found->second.done, &found->second.in_doubt}) {
    out.u32(static_cast<std::uint32_t>(list->size()));
    for (const std::uint64_t sequence : *list) out.u64(sequence);
  }
  return std::string(as_text(record));
}

Result<void> TokenTable::load(std::uint64_t client, std::string_view record) {
  Decoder in(as_bytes(record));
  const auto version = in.u8();
  if (version && *version != kRecordVersion && *version != kDated)
    return unsupported("a token record of a newer version: it was written by a newer program");
  const auto heard = in.u64();
  const auto settled_below = in.u64();
  if (!settled_below) return corruption("a token record is cut short");
  if (*version != kDated && *heard > kLongestAge)
    return corruption("a token record is older than any store");
  Client loaded{.heard = Age(*version == kDated ? 0 : *heard), .settled_below = *settled_below};
  for (auto* list : {&loaded.done, &loaded.in_doubt}) {
    const auto count = in.u32();
    if (!count || *count > kTokenWindow || in.remaining() < *count * sizeof(std::uint64_t))
      return corruption("a token record is cut short");
    for (std::uint32_t i = 0; i < *count; ++i) list->push_back(*in.u64());
    if (!std::ranges::is_sorted(*list)) return corruption("a token record is out of order");
  }
  if (in.remaining() != 0) return corruption("a token record is too long");
  last_heard_ = std::max(last_heard_, loaded.heard);
  clients_[client] = std::move(loaded);
  return {};
}

std::vector<std::uint64_t> TokenTable::heard_before(Age moment, std::size_t most) const {
  std::vector<std::uint64_t> old;
  for (const auto& [id, client] : clients_) {
    if (old.size() == most) break;
    if (client.heard < moment) old.push_back(id);
  }
  return old;
}

void TokenTable::forget(const std::vector<std::uint64_t>& clients) {
  for (const std::uint64_t client : clients) clients_.erase(client);
}

}  // namespace strata::net
