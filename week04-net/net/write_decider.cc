#include "net/write_decider.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/text.h"
#include "net/hidden_keys.h"
#include "net/messages.h"

namespace strata::net {
namespace {

WriteDecider::Verdict refused(proto::Error::Code code, std::string message) {
  WriteDecider::Verdict verdict{WriteDecider::Decision::kRefused};
  verdict.refusal.set_code(code);
  verdict.refusal.set_message(std::move(message));
  return verdict;
}

}  // namespace

void WriteDecider::begin(WriteBatch& batch) {
  batch_ = &batch;
  done_.clear();
  new_tokens_.clear();
  kept_.clear();
  latest_.clear();
  indexed_ = 0;
}

WriteDecider::Verdict WriteDecider::decide(const Write& write, const Moment& moment,
                                           const Read& read) {
  if (auto verdict = by_token(write, moment)) return *std::move(verdict);
  if (const auto held = check_conditions(write, read); !held)
    return {Decision::kRefused, error_to(held.error())};
  done_.push_back({write.first, write.count});
  if (write.token) {
    new_tokens_.push_back(*write.token);
    tokens_.done(*write.token, moment.age);
  }
  return {Decision::kWrite};
}

// nullopt: token and time do not stand in its way.
std::optional<WriteDecider::Verdict> WriteDecider::by_token(const Write& write,
                                                            const Moment& moment) const {
  if (write.token) {
    switch (tokens_.standing(*write.token)) {
      case Standing::kFresh:
        break;
      case Standing::kDone:  // maybe in this group, so it is answered with the group
        return Verdict{Decision::kRepeated};
      case Standing::kInDoubt:
        return refused(proto::Error::UNKNOWN,
                       "this write failed half-way; its outcome is known only after the store has "
                       "been opened again");
      case Standing::kSettled:
        return refused(proto::Error::UNKNOWN, "the outcome of this write is settled already");
      case Standing::kTooFar:
        return refused(proto::Error::INVALID_ARGUMENT,
                       "the token of this write is too far ahead of what is settled");
    }
  }
  if (moment.now >= write.deadline)
    return refused(proto::Error::DEADLINE, "the time was over before its turn came");
  if (write.token && tokens_.size() >= most_clients_ && !tokens_.knows(write.token->client))
    return refused(proto::Error::UNAVAILABLE, "there are too many clients to remember");
  return std::nullopt;
}

// kConflict for the first condition that does not hold.
Result<void> WriteDecider::check_conditions(const Write& write, const Read& read) {
  if (!write.conditions) return {};
  for (const proto::Condition& condition : *write.conditions) {
    STRATA_TRY(const auto value, value_before(condition.key(), read));
    const bool holds = condition.has_value() ? value && *value == condition.value()
                                             : condition.absent() != value.has_value();
    if (!holds)
      return conflict(fmt::format("the condition on {} does not hold", printable(condition.key())));
  }
  return {};
}

// The value of `key` as it will be when all writes to do so far are done.
Result<std::optional<std::string>> WriteDecider::value_before(std::string_view key,
                                                              const Read& read) {
  for (; indexed_ < done_.size(); ++indexed_) {
    const auto [first, count] = done_[indexed_];
    for (std::size_t i = first; i < first + count; ++i) latest_[(*batch_)[i].key] = i;
  }
  const auto found = latest_.find(key);
  if (found == latest_.end()) return read(key);
  const Operation operation = (*batch_)[found->second];
  if (operation.kind == OperationKind::kDelete) return std::nullopt;
  return std::string(operation.value);
}

WriteBatch& WriteDecider::to_write() {
  std::size_t operations = 0;
  for (const Span& span : done_) operations += span.count;
  WriteBatch* batch = batch_;
  if (operations < batch_->count()) {
    for (const auto [first, count] : done_)
      for (std::size_t i = first; i < first + count; ++i) kept_.refer_to((*batch_)[i]);
    batch = &kept_;
  }
  // TASK 4.4: add to *batch, for each client of new_tokens_, one token record: the key is
  // token_key(client), the value tokens_.record_of(client).
  std::vector<std::uint64_t> clients;
  for (const Token& token : new_tokens_) clients.push_back(token.client);
  std::ranges::sort(clients);
  clients.erase(std::ranges::unique(clients).begin(), clients.end());
  for (const std::uint64_t client : clients)
    batch->put(token_key(client), tokens_.record_of(client));
  // END TASK 4.4
  return *batch;
}

void WriteDecider::in_doubt() {
  for (const Token& token : new_tokens_) tokens_.in_doubt(token);
}

void WriteDecider::check_invariants() const {
  std::size_t end = 0;
  for (const auto [first, count] : done_) {
    STRATA_ASSERT(first >= end);
    end = first + count;
  }
  STRATA_ASSERT(new_tokens_.size() <= done_.size() && indexed_ <= done_.size());
  for (const Token& token : new_tokens_) STRATA_ASSERT(tokens_.knows(token.client));
}

}  // namespace strata::net
