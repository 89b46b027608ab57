#include "net/group_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include "base/text.h"
#include "base/thrown.h"
#include "net/hidden_keys.h"
#include "net/messages.h"

namespace strata::net {
namespace {

using std::chrono::nanoseconds;

constexpr std::size_t kGroupBytes = std::size_t{1} << 20;
constexpr std::size_t kGroupRequests = 512;
// How many clients are remembered; and how many are forgotten in one write.
constexpr std::size_t kMaxClients = 1'000'000;
constexpr std::size_t kForgottenAtOnce = 1000;
// A group has one token record for each client, with two bits for each unsettled write. A group has
// more than kGroupBytes only if it is a single large write.
constexpr std::size_t kRecordRoom = 128 + 2 * kTokenWindow / 8;
static_assert(kMaxWriteSize + kRecordRoom <= kMaxBatchSize);
static_assert(kGroupBytes + kGroupRequests * kRecordRoom <= kMaxBatchSize);

Result<TokenTable> tokens_in(Store& store) {
  TokenTable tokens;
  STRATA_TRY(const auto cursor,
             store.scan({.range = KeyRange::prefix(token_prefix()), .snapshot = {}}));
  for (;;) {
    STRATA_TRY(const auto entry, cursor->next());
    if (!entry) return tokens;
    const auto client = client_of(entry->key);
    if (!client) return corruption("a key of the server's own is none: " + printable(entry->key));
    STRATA_TRY(tokens.load(*client, entry->value));
  }
}

Result<bool> has_keys_before_hidden(Store& store) {
  const KeyRange before{.from = {}, .to = std::string(kHiddenPrefix)};
  STRATA_TRY(const auto cursor,
             store.scan({.range = before, .reverse = false, .limit = 1, .snapshot = {}}));
  STRATA_TRY(const auto entry, cursor->next());
  return entry.has_value();
}

// The size of its operations and conditions. kInvalidArgument for a write that breaks a limit, and
// for a hidden key.
Result<std::size_t> check(const proto::Write& write) {
  std::size_t size = 0;
  for (const proto::Operation& operation : write.operations()) {
    STRATA_TRY(check_user_key(operation.key()));
    STRATA_TRY(check_value(operation.value()));
    if (operation.kind() != proto::Operation::PUT && operation.kind() != proto::Operation::DELETE)
      return invalid_argument("an operation is neither a put nor a delete");
    size += operation.key().size() + operation.value().size() + kOperationOverhead;
  }
  for (const proto::Condition& condition : write.conditions()) {
    STRATA_TRY(check_user_key(condition.key()));
    if (condition.expected_case() == proto::Condition::EXPECTED_NOT_SET)
      return invalid_argument("a condition expects neither absence nor a value");
    size += condition.key().size() + condition.value().size() + kOperationOverhead;
  }
  if (size <= kMaxWriteSize) return size;
  return invalid_argument(
      fmt::format("a batch of {} bytes, where {} are allowed", size, kMaxWriteSize));
}

void add(const Operation& operation, WriteBatch& batch) {
  if (operation.kind == OperationKind::kPut)
    batch.put(operation.key, operation.value);
  else
    batch.remove(operation.key);
}

}  // namespace

bool GroupWriter::Group::has_room_for(std::size_t bytes) const {
  return writes.size() < kGroupRequests &&
         (writes.empty() || batch.byte_size() + bytes <= kGroupBytes);
}

void GroupWriter::Group::add(Pending pending, const proto::Write& write) {
  pending.first = batch.count();
  try {
    add_operations(write, batch);
    writes.push_back(std::move(pending));
  } catch (...) {
    batch.truncate(pending.first);
    throw;
  }
}

void GroupWriter::Group::clear() {
  batch.clear();
  writes.clear();
}

Result<std::unique_ptr<GroupWriter>> GroupWriter::open(Store& store, env::Clock& clock,
                                                       std::chrono::seconds token_lifetime) {
  STRATA_TRY(TokenTable tokens, tokens_in(store));
  STRATA_TRY(const bool before, has_keys_before_hidden(store));
  std::unique_ptr<GroupWriter> writer(
      new GroupWriter(store, clock, token_lifetime, std::move(tokens), before));
  writer->figures_.clients = writer->tokens_.size();
  writer->thread_ = std::jthread([&self = *writer] { self.work(); });
  return writer;
}

GroupWriter::~GroupWriter() {
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  changed_.notify_all();
}

void GroupWriter::push(const Request& request, Reply reply) {
  const proto::Write& write = request.write();
  const auto size = check(write);
  if (!size) return reply(failed(request.id(), size.error()));
  const auto timeout = std::chrono::milliseconds(request.timeout_ms());
  Pending pending{.id = request.id(),
                  .reply = std::move(reply),
                  .deadline = timeout.count() == 0 ? nanoseconds::max() : clock_.steady() + timeout,
                  .token = {},
                  .conditions = nullptr,
                  .first = 0,
                  .count = static_cast<std::size_t>(write.operations_size())};
  if (write.has_token()) pending.token = token_from(write.token());
  for (const proto::Operation& operation : write.operations())
    if (operation.key() < kHiddenPrefix) keys_before_hidden_ = true;
  if (write.conditions_size() > 0)
    pending.conditions = std::make_unique<const Conditions>(write.conditions());
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = line_.empty();
    if (was_empty || !line_.back().has_room_for(*size)) line_.push_back(std::exchange(spare_, {}));
    try {
      line_.back().add(std::move(pending), write);
    } catch (...) {
      if (line_.back().writes.empty()) line_.pop_back();
      throw;
    }
  }
  if (was_empty) changed_.notify_one();
}

void GroupWriter::forget_old_clients() {
  {
    const std::lock_guard lock(mutex_);
    forget_ = true;
  }
  changed_.notify_one();
}

GroupWriterFigures GroupWriter::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

void GroupWriter::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return finishing_ || forget_ || !line_.empty(); });
    if (finishing_ && line_.empty()) return;
    Group group;
    if (!line_.empty()) {
      group = std::move(line_.front());
      line_.pop_front();
    }
    const bool forget = std::exchange(forget_, false);
    lock.unlock();
    try {
      write(group);
    } catch (const std::exception& thrown) {  // the store may have written it
      for (const Token& token : new_tokens_) tokens_.in_doubt(token);
      const Error error = error_of(thrown);
      settle(group, error,
             error.code == ErrorCode::kUnsupported ? proto::Error::UNSUPPORTED
                                                   : proto::Error::UNKNOWN);
    }
    const bool is_large = group.batch.byte_size() > kGroupBytes;
    group.clear();
    if (forget) drop_old_clients();
    lock.lock();
    if (!is_large) spare_ = std::move(group);  // keep its memory
    figures_.clients = tokens_.size();
  }
}

void GroupWriter::write(Group& group) {
  if (group.writes.empty()) return;
  // TASK 4.4: decide about each write of the group, in order (admit). Then write one batch: the
  // operations of the writes to do (admitted), and for each client of new_tokens_ one token record.
  // If the batch is empty, do not call the store. If the store fails, the writes may have been
  // done: mark each token of new_tokens_ as in doubt. At last answer everybody (settle).
  const nanoseconds now = clock_.steady();
  for (Pending& write : group.writes) admit(group, write, now);
  WriteBatch& batch = admitted(group);
  std::vector<std::uint64_t> clients;
  for (const Token& token : new_tokens_) clients.push_back(token.client);
  std::ranges::sort(clients);
  clients.erase(std::ranges::unique(clients).begin(), clients.end());
  for (const std::uint64_t client : clients)
    batch.put(token_key(client), tokens_.record_of(client));
  const auto outcome = batch.empty() ? Result<void>() : store_.write(batch);
  if (!outcome)
    for (const Token& token : new_tokens_) tokens_.in_doubt(token);
  settle(group, outcome);
  // END TASK 4.4
}

// Decides about one write, given the decisions about the writes before it in the group. Notes the
// token of a write that will be done.
void GroupWriter::admit(Group& group, Pending& write, nanoseconds now) {
  const auto refuse = [&write](proto::Error::Code code, std::string message) {
    write.decision = Decision::kRefused;
    write.refusal.set_code(code);
    write.refusal.set_message(std::move(message));
  };
  if (write.token) {
    switch (tokens_.standing(*write.token)) {
      case Standing::kFresh:
        break;
      case Standing::kDone:  // maybe in this group, so it is answered with the group
        write.decision = Decision::kRepeated;
        return;
      case Standing::kInDoubt:
        return refuse(proto::Error::UNKNOWN,
                      "this write failed half-way; its outcome is known only after the store has "
                      "been opened again");
      case Standing::kSettled:
        return refuse(proto::Error::UNKNOWN, "the outcome of this write is settled already");
      case Standing::kTooFar:
        return refuse(proto::Error::INVALID_ARGUMENT,
                      "the token of this write is too far ahead of what is settled");
    }
  }
  if (now >= write.deadline)
    return refuse(proto::Error::DEADLINE, "the time was over before its turn came");
  if (write.token && tokens_.size() >= kMaxClients && !tokens_.knows(write.token->client))
    return refuse(proto::Error::UNAVAILABLE, "there are too many clients to remember");
  if (const auto held = check_conditions(group, write); !held) {
    write.decision = Decision::kRefused;
    write.refusal = error_to(held.error());
    return;
  }
  if (!write.token) return;
  new_tokens_.push_back(*write.token);
  tokens_.done(*write.token, age(now));
}

// kConflict for the first condition that does not hold.
Result<void> GroupWriter::check_conditions(const Group& group, const Pending& write) {
  if (!write.conditions) return {};
  for (const proto::Condition& condition : *write.conditions) {
    STRATA_TRY(const auto value, value_before(group, write, condition.key()));
    const bool holds = condition.has_value() ? value && *value == condition.value()
                                             : condition.absent() != value.has_value();
    if (!holds)
      return conflict(fmt::format("the condition on {} does not hold", printable(condition.key())));
  }
  return {};
}

// The value of `key` as it will be when all writes before `write` in its group are done.
Result<std::optional<std::string>> GroupWriter::value_before(const Group& group,
                                                             const Pending& write,
                                                             std::string_view key) {
  for (const auto end = static_cast<std::size_t>(&write - group.writes.data()); indexed_ < end;
       ++indexed_) {
    const Pending& before = group.writes[indexed_];
    for (std::size_t i = 0; before.decision == Decision::kWrite && i < before.count; ++i)
      latest_[group.batch[before.first + i].key] = before.first + i;
  }
  const auto found = latest_.find(key);
  if (found == latest_.end()) return store_.get(key);
  const Operation operation = group.batch[found->second];
  if (operation.kind == OperationKind::kDelete) return std::nullopt;
  return std::string(operation.value);
}

// The operations of the writes to do. Mostly these are all operations; then nothing is copied.
WriteBatch& GroupWriter::admitted(Group& group) {
  const auto is_written = [](const Pending& write) { return write.decision == Decision::kWrite; };
  if (std::ranges::all_of(group.writes, is_written)) return group.batch;
  kept_.clear();
  for (const Pending& write : group.writes)
    for (std::size_t i = 0; is_written(write) && i < write.count; ++i)
      add(group.batch[write.first + i], kept_);
  return kept_;
}

// Answers everybody in the group. `failure`: the code that clients get if `outcome` is an error. It
// is UNKNOWN after every error of the store, which may have done the write.
void GroupWriter::settle(Group& group, const Result<void>& outcome, proto::Error::Code failure) {
  {
    const std::lock_guard lock(mutex_);
    figures_.writes += group.writes.size();
    figures_.repeated += static_cast<std::uint64_t>(
        std::ranges::count(group.writes, Decision::kRepeated, &Pending::decision));
    ++figures_.groups;
  }
  for (Pending& write : group.writes) {
    try {
      Response response;
      response.set_id(write.id);
      if (write.decision == Decision::kRefused)
        *response.mutable_error() = std::move(write.refusal);
      else if (outcome)
        response.mutable_write()->set_repeated(write.decision == Decision::kRepeated);
      else
        response = failed(write.id, failure, outcome.error().message);
      write.reply(std::move(response));
    } catch (const std::bad_alloc&) {
      write.reply = nullptr;  // says that it is lost
    }
  }
  new_tokens_.clear();
  latest_.clear();
  indexed_ = 0;
}

// The age does not include the time when no server ran. So a client may be remembered for longer
// than the lifetime of a token, never for less.
TokenTable::Age GroupWriter::age(nanoseconds now) const {
  return std::chrono::duration_cast<TokenTable::Age>(now - began_);
}

void GroupWriter::drop_old_clients() try {
  const auto old = tokens_.heard_before(age(clock_.steady()) - token_lifetime_, kForgottenAtOnce);
  WriteBatch batch;
  for (const std::uint64_t client : old) batch.remove(token_key(client));
  if (batch.empty() || store_.write(batch)) tokens_.forget(old);
} catch (const std::bad_alloc&) {
  return;
}

}  // namespace strata::net
