#include "net/token_table.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "base/assert.h"
#include "base/bytes.h"

namespace strata::net {
namespace {

constexpr std::uint8_t kRecordVersion = 3;
constexpr std::uint8_t kListed = 2;  // in this version and before, each sequence took 8 bytes
constexpr std::uint8_t kDated = 1;   // in this version `heard` was a date, and not an age
constexpr std::size_t kMaxBitmap = kTokenWindow / 8;
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

// A bitmap: bit i of byte b stands for the sequence first + 8 * b + i. It ends with the last byte
// that is not 0. All sequences are less than kTokenWindow above the first.
void put_bitmap(const std::vector<std::uint64_t>& sorted, std::uint64_t first, Encoder& out) {
  std::array<std::uint8_t, kMaxBitmap> bits{};
  std::size_t size = 0;
  for (const std::uint64_t sequence : sorted) {
    const std::uint64_t at = sequence - first;
    STRATA_ASSERT(at < kTokenWindow);  // settled ones were dropped
    bits[at / 8] |= static_cast<std::uint8_t>(1U << at % 8);
    size = at / 8 + 1;
  }
  out.u8(static_cast<std::uint8_t>(size));
  for (std::size_t i = 0; i < size; ++i) out.u8(bits[i]);
}

// nullopt: the record is damaged.
std::optional<std::vector<std::uint64_t>> bitmap_from(Decoder& in, std::uint64_t first) {
  const auto size = in.u8();
  const auto bytes = size && *size <= kMaxBitmap ? in.bytes(*size) : std::nullopt;
  if (!bytes) return std::nullopt;
  std::vector<std::uint64_t> sequences;
  for (std::size_t at = 0; at < bytes->size() * 8; ++at)
    if ((std::to_integer<unsigned>((*bytes)[at / 8]) >> at % 8 & 1U) != 0)
      sequences.push_back(first + at);
  return sequences;
}

// The form before version 3.
std::optional<std::vector<std::uint64_t>> list_from(Decoder& in) {
  const auto count = in.u32();
  if (!count || *count > kTokenWindow || in.remaining() < *count * sizeof(std::uint64_t))
    return std::nullopt;
  std::vector<std::uint64_t> sequences;
  for (std::uint32_t i = 0; i < *count; ++i) sequences.push_back(*in.u64());
  if (!std::ranges::is_sorted(sequences)) return std::nullopt;
  return sequences;
}

// Sequences that the table would have noted for a client with this settled_below.
bool can_be_remembered(const std::vector<std::uint64_t>& sequences, std::uint64_t settled_below) {
  return std::ranges::all_of(sequences, [&](std::uint64_t sequence) {
    return sequence >= settled_below && sequence - settled_below < kTokenWindow;
  });
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
  for (const auto* list : {&found->second.done, &found->second.in_doubt})
    put_bitmap(*list, found->second.settled_below, out);
  return std::string(as_text(record));
}

Result<TokenTable::Client> TokenTable::client_from(std::string_view record) {
  Decoder in(as_bytes(record));
  const auto version = in.u8();
  if (version && (*version == 0 || *version > kRecordVersion))
    return unsupported("a token record of a newer version: it was written by a newer program");
  const auto heard = in.u64();
  const auto settled_below = in.u64();
  if (!settled_below) return corruption("a token record is cut short");
  if (*version != kDated && *heard > kLongestAge)
    return corruption("a token record is older than any store");
  Client client{.heard = Age(*version == kDated ? 0 : *heard), .settled_below = *settled_below};
  for (auto* list : {&client.done, &client.in_doubt}) {
    auto sequences = *version <= kListed ? list_from(in) : bitmap_from(in, *settled_below);
    if (!sequences || !can_be_remembered(*sequences, *settled_below))
      return corruption("a token record is damaged");
    *list = *std::move(sequences);
  }
  if (in.remaining() != 0) return corruption("a token record is too long");
  return client;
}

Result<void> TokenTable::load(std::uint64_t client, std::string_view record) {
  STRATA_TRY(Client loaded, client_from(record));
  last_heard_ = std::max(last_heard_, loaded.heard);
  clients_[client] = std::move(loaded);
  return {};
}

Result<void> TokenTable::adopt(std::uint64_t client, std::string_view record, Age now) {
  STRATA_TRY(const Client theirs, client_from(record));
  Client& mine = clients_[client];
  mine.heard = last_heard_ = std::max(last_heard_, now);
  mine.settled_below = std::max(mine.settled_below, theirs.settled_below);
  for (const std::uint64_t sequence : theirs.done)
    if (!holds(mine.done, sequence)) insert(mine.done, sequence);
  for (const std::uint64_t sequence : theirs.in_doubt)
    if (!holds(mine.in_doubt, sequence)) insert(mine.in_doubt, sequence);
  drop_below(mine.done, mine.settled_below);
  drop_below(mine.in_doubt, mine.settled_below);
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
