#include "net/group_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include "base/assert.h"
#include "base/text.h"
#include "base/thrown.h"
#include "net/hidden_keys.h"
#include "net/messages.h"

namespace strata::net {
namespace {

using Decision = WriteDecider::Decision;

using std::chrono::nanoseconds;

constexpr std::size_t kGroupBytes = std::size_t{1} << 20;
constexpr std::size_t kGroupRequests = 512;
constexpr std::size_t kHandful = 16;            // so many writes do not wait for more
constexpr std::size_t kForgottenAtOnce = 1000;  // clients, in one write
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

// What a writer is told.
Response answer_to(std::uint64_t id, WriteDecider::Verdict& verdict, const Result<void>& outcome,
                   proto::Error::Code failure) {
  // The condition may have met the value of a write before it in the group, which has failed.
  if (!outcome && verdict.refusal.code() == proto::Error::CONFLICT)
    return failed(id, proto::Error::UNAVAILABLE,
                  "other writes of its group have failed, so its condition is not decided");
  if (!outcome && verdict.decision != Decision::kRefused)
    return failed(id, failure, outcome.error().message);
  Response response;
  response.set_id(id);
  if (verdict.decision == Decision::kRefused)
    *response.mutable_error() = std::move(verdict.refusal);
  else
    response.mutable_write()->set_repeated(verdict.decision == Decision::kRepeated);
  return response;
}

}  // namespace

bool GroupWriter::Group::has_room_for(std::size_t bytes) const {
  return writes.size() < kGroupRequests &&
         (writes.empty() || batch.byte_size() + bytes <= kGroupBytes);
}

void GroupWriter::Group::add(Pending pending) {
  pending.write.first = batch.count();
  try {
    refer_to_operations(*pending.asked, batch);
    writes.push_back(std::move(pending));
  } catch (...) {
    batch.truncate(pending.write.first);
    throw;
  }
}

void GroupWriter::Group::clear() {
  batch.clear();
  writes.clear();
}

Result<std::unique_ptr<GroupWriter>> GroupWriter::open(Store& store, env::Clock& clock,
                                                       std::chrono::seconds token_lifetime,
                                                       env::Workers& workers) {
  STRATA_TRY(TokenTable tokens, tokens_in(store));
  STRATA_TRY(const bool before, has_keys_before_hidden(store));
  std::unique_ptr<GroupWriter> writer(
      new GroupWriter(store, clock, token_lifetime, std::move(tokens), before));
  writer->figures_.clients = writer->decider_.tokens().size();
  writer->worker_ = workers.start([&self = *writer](const std::stop_token&) { return self.step(); },
                                  env::Worker::kWhenWoken);
  return writer;
}

GroupWriter::~GroupWriter() {
  if (worker_) worker_->stop();
  while (step() == env::Worker::kAtOnce) {
  }
}

void GroupWriter::push(Request& request, const Context& context, Reply reply) {
  const auto size = check(request.write());
  if (!size) return reply(failed(request.id(), size.error()));
  Pending pending{.id = request.id(),
                  .reply = std::move(reply),
                  .asked = std::unique_ptr<const proto::Write>(request.release_write()),
                  .write = {}};
  const proto::Write& asked = *pending.asked;
  pending.write.deadline = context.deadline.time_since_epoch();
  pending.write.count = static_cast<std::size_t>(asked.operations_size());
  if (asked.conditions_size() > 0) pending.write.conditions = &asked.conditions();
  if (asked.has_token()) pending.write.token = token_from(asked.token());
  for (const proto::Operation& operation : asked.operations())
    if (operation.key() < kHiddenPrefix) keys_before_hidden_ = true;
  bool begins = !context.more;
  {
    const std::lock_guard lock(mutex_);
    if (line_.empty() || !line_.back().has_room_for(*size))
      line_.push_back(std::exchange(spare_, {}));
    try {
      line_.back().add(std::move(pending));
    } catch (...) {
      if (line_.back().writes.empty()) line_.pop_back();
      throw;
    }
    begins = begins || line_.back().writes.size() % kHandful == 0;
  }
  if (begins) flush();
}

void GroupWriter::push(Delivery delivery, Delivery::Done done) {
  for (const Operation operation : delivery.entries)
    if (operation.key < kHiddenPrefix) keys_before_hidden_ = true;
  {
    const std::lock_guard lock(mutex_);
    deliveries_.emplace_back(std::move(delivery), std::move(done));
  }
  flush();
}

void GroupWriter::flush() {
  {
    const std::lock_guard lock(mutex_);
    if (line_.empty() && deliveries_.empty()) return;
  }
  worker_->wake();
  worker_->help();
}

void GroupWriter::forget_old_clients() {
  {
    const std::lock_guard lock(mutex_);
    forget_ = true;
  }
  worker_->wake();
  worker_->help();
}

GroupWriterFigures GroupWriter::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

// Does one group.
nanoseconds GroupWriter::step() {
  Group group;
  bool forget = false;
  {
    const std::lock_guard lock(mutex_);
    forget = std::exchange(forget_, false);
    if (line_.empty() && deliveries_.empty() && !forget) return env::Worker::kWhenWoken;
    if (!line_.empty()) {
      group = std::move(line_.front());
      line_.pop_front();
    }
  }
  deliver();
  try {
    write(group);
  } catch (const std::exception& thrown) {  // the store may have written it
    decider_.in_doubt();
    const Error error = error_of(thrown);
    settle(
        group, error,
        error.code == ErrorCode::kUnsupported ? proto::Error::UNSUPPORTED : proto::Error::UNKNOWN);
  }
  const bool is_large = group.batch.byte_size() > kGroupBytes;
  group.clear();
  if (forget) drop_old_clients();
  const std::lock_guard lock(mutex_);
  if (!is_large) spare_ = std::move(group);  // keep its memory
  figures_.clients = decider_.tokens().size();
  return line_.empty() && deliveries_.empty() ? env::Worker::kWhenWoken : env::Worker::kAtOnce;
}

// Writes the first delivery in line, if there is one.
void GroupWriter::deliver() {
  std::pair<Delivery, Delivery::Done> next;
  {
    const std::lock_guard lock(mutex_);
    if (deliveries_.empty()) return;
    next = std::move(deliveries_.front());
    deliveries_.pop_front();
  }
  auto& [delivery, done] = next;
  Result<void> outcome;
  try {
    outcome = write(delivery);
  } catch (const std::exception& thrown) {
    outcome = error_of(thrown);
  }
  done(std::move(outcome));
}

// The tokens are true whether or not the batch is written, so the table keeps them after an error.
Result<void> GroupWriter::write(Delivery& delivery) {
  for (const auto& [client, record] : delivery.tokens) {
    STRATA_TRY(decider_.tokens().adopt(client, record, age()));
    delivery.entries.put(token_key(client), decider_.tokens().record_of(client));
  }
  if (!delivery.entries.empty()) STRATA_TRY(store_.write(delivery.entries));
  return delivery.durable ? store_.sync() : Result<void>();
}

void GroupWriter::write(Group& group) {
  if (group.writes.empty()) return;
  const WriteDecider::Moment moment{clock_.steady(), age()};
  const auto read = [this](std::string_view key) { return store_.get(key); };
  decider_.begin(group.batch);
  // TASK 4.4: let decider_ decide about each write of the group, in order, and keep its verdict.
  // Then write what it says is to be written (to_write). If that batch is empty, do not call the
  // store. If the store fails, the writes may have been done: tell the decider (in_doubt). At last
  // answer everybody (settle).
  for (Pending& pending : group.writes)
    pending.verdict = decider_.decide(pending.write, moment, read);
  const WriteBatch& batch = decider_.to_write();
  const auto outcome = batch.empty() ? Result<void>() : store_.write(batch);
  if (!outcome) decider_.in_doubt();
  settle(group, outcome);
  // END TASK 4.4
}

// Answers everybody in the group. `failure`: the code that clients get if `outcome` is an error. It
// is UNKNOWN after every error of the store, which may have done the write.
void GroupWriter::settle(Group& group, const Result<void>& outcome, proto::Error::Code failure) {
  {
    const std::lock_guard lock(mutex_);
    figures_.writes += group.writes.size();
    figures_.repeated += static_cast<std::uint64_t>(
        std::ranges::count(group.writes, Decision::kRepeated,
                           [](const Pending& pending) { return pending.verdict.decision; }));
    ++figures_.groups;
  }
  for (Pending& pending : group.writes) {
    Reply reply = std::exchange(pending.reply, nullptr);
    if (!reply) continue;  // an exception came after its answer
    try {
      reply(answer_to(pending.id, pending.verdict, outcome, failure));
    } catch (const std::bad_alloc&) {
      continue;  // a reply that is destroyed uncalled says so
    }
  }
}

// The age does not include the time when no server ran. So a client may be remembered for longer
// than the lifetime of a token, never for less.
TokenTable::Age GroupWriter::age() const {
  return std::chrono::duration_cast<TokenTable::Age>(clock_.steady() - began_);
}

void GroupWriter::drop_old_clients() try {
  const auto old = decider_.tokens().heard_before(age() - token_lifetime_, kForgottenAtOnce);
  WriteBatch batch;
  for (const std::uint64_t client : old) batch.remove(token_key(client));
  if (batch.empty() || store_.write(batch)) decider_.tokens().forget(old);
} catch (const std::bad_alloc&) {
  return;
}

void GroupWriter::check_invariants() const {
  const std::lock_guard lock(mutex_);
  for (const Group& group : line_) {
    STRATA_ASSERT(!group.writes.empty() && group.writes.size() <= kGroupRequests);
    STRATA_ASSERT(group.writes.size() == 1 || group.batch.byte_size() <= kGroupBytes);
    std::size_t end = 0;
    for (const Pending& pending : group.writes) {
      STRATA_ASSERT(pending.reply && pending.write.first == end);
      end += pending.write.count;
    }
    STRATA_ASSERT(end == group.batch.count());
  }
  STRATA_ASSERT(spare_.writes.empty() && spare_.batch.empty());
}

}  // namespace strata::net
