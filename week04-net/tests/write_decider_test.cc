// Decisions about writes, against a model that does the writes one by one; and what is left of them
// after a failed store and a restart.
#include "net/write_decider.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "env/random.h"
#include "net/hidden_keys.h"
#include "random_seeds.h"
#include "testing/results.h"
#include "testing/sanitizers.h"

namespace strata::net {
namespace {

using std::chrono::nanoseconds;
using Decision = WriteDecider::Decision;
using Values = std::map<std::string, std::string, std::less<>>;

// What a client's tokens are known to be: in memory, or in the record in the store.
struct Tokens {
  std::uint64_t settled_below = 1;
  std::set<std::uint64_t> done = {};
  std::set<std::uint64_t> in_doubt = {};
};

void carry_out(const Operation& operation, Values& values) {
  if (operation.kind == OperationKind::kPut)
    values.insert_or_assign(std::string(operation.key), operation.value);
  else
    values.erase(std::string(operation.key));
}

// One world: a few clients whose writes come late, doubled and out of order; a store that fails; a
// process that starts again.
class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed) {}

  // Returns the number of writes that were decided.
  std::uint64_t run_group() {
    WriteBatch batch;
    decider_.begin(batch);
    Values expected = values_;
    std::set<std::uint64_t> writers;  // clients with a token of a write to do
    std::vector<Token> new_tokens;
    const std::uint64_t writes = 1 + random_.below(6);
    now_ += nanoseconds(random_.below(3));
    std::vector<Conditions> conditions(writes);
    unreadable_ = random_.one_in(20);
    written_.clear();
    // The operations of a group stand in its batch before the first decision.
    std::vector<WriteDecider::Write> asked;
    for (std::uint64_t i = 0; i < writes; ++i) asked.push_back(some_write(batch, conditions[i]));
    for (const WriteDecider::Write& write : asked) {
      const Decision right = judge(write, batch, expected);
      const auto verdict = decider_.decide(write, {now_, TokenTable::Age(now_.count())},
                                           [this](std::string_view key) { return read(key); });
      decider_.check_invariants();
      EXPECT_EQ(static_cast<int>(verdict.decision), static_cast<int>(right));
      if (right == Decision::kRefused) {
        EXPECT_EQ(verdict.refusal.code(), refusal_);
      }
      if (right != Decision::kWrite || !write.token) continue;
      writers.insert(write.token->client);
      new_tokens.push_back(*write.token);
    }
    finish(decider_.to_write(), expected, writers, new_tokens);
    return writes;
  }

 private:
  static constexpr std::uint64_t kClients = 5;
  static constexpr std::size_t kMostClients = 4;

  std::string some_key() { return std::string(1, static_cast<char>('a' + random_.below(6))); }

  WriteDecider::Write some_write(WriteBatch& batch, Conditions& conditions) {
    WriteDecider::Write write{.token = {}, .deadline = nanoseconds::max()};
    write.first = batch.count();
    write.count = random_.below(4);
    for (std::size_t i = 0; i < write.count; ++i)
      if (random_.one_in(3))
        batch.remove(some_key());
      else
        batch.put(some_key(), std::to_string(random_.below(4)));
    if (random_.one_in(4)) write.deadline = now_ + nanoseconds(random_.below(3)) - nanoseconds(1);
    if (!random_.one_in(5)) {
      const std::uint64_t client = 1 + random_.below(kClients);
      const std::uint64_t sequence = 1 + random_.below(4) + sent_[client] / 2;
      ++sent_[client];
      write.token = Token{client, sequence, 1 + random_.below(sequence)};
      if (random_.one_in(40)) write.token->sequence += kTokenWindow;
      if (random_.one_in(40)) write.token->client = 0;
    }
    if (!random_.one_in(3)) return write;
    for (std::uint64_t i = random_.below(3); i > 0; --i) {
      proto::Condition& condition = *conditions.Add();
      condition.set_key(some_key());
      if (random_.one_in(2))
        condition.set_absent(random_.one_in(2));
      else
        condition.set_value(std::to_string(random_.below(4)));
    }
    write.conditions = &conditions;
    return write;
  }

  Decision refuse(proto::Error::Code code) {
    refusal_ = code;
    return Decision::kRefused;
  }

  // What becomes of the write. If it is to be done, does it to `values`.
  Decision judge(const WriteDecider::Write& write, const WriteBatch& batch, Values& values) {
    if (write.token) {
      const std::uint64_t sequence = write.token->sequence;
      if (write.token->client == 0 || sequence - write.token->settled_below >= kTokenWindow)
        return refuse(proto::Error::INVALID_ARGUMENT);
      const auto found = memory_.find(write.token->client);
      const Tokens known = found == memory_.end() ? Tokens{} : found->second;
      if (sequence < known.settled_below || known.in_doubt.contains(sequence))
        return refuse(proto::Error::UNKNOWN);
      if (known.done.contains(sequence)) return Decision::kRepeated;
    }
    if (now_ >= write.deadline) return refuse(proto::Error::DEADLINE);
    if (write.token && memory_.size() >= kMostClients && !memory_.contains(write.token->client))
      return refuse(proto::Error::UNAVAILABLE);
    for (int i = 0; write.conditions && i < write.conditions->size(); ++i) {
      const proto::Condition& condition = (*write.conditions)[i];
      if (unreadable_ && !written_.contains(condition.key())) return refuse(proto::Error::IO);
      const auto found = values.find(condition.key());
      const bool holds = condition.has_value()
                             ? found != values.end() && found->second == condition.value()
                             : condition.absent() == (found == values.end());
      if (!holds) return refuse(proto::Error::CONFLICT);
    }
    for (std::size_t i = 0; i < write.count; ++i) {
      carry_out(batch[write.first + i], values);
      written_.emplace(batch[write.first + i].key);
    }
    if (!write.token) return Decision::kWrite;
    Tokens& known = memory_[write.token->client];
    known.settled_below = std::max(known.settled_below, write.token->settled_below);
    known.done.insert(write.token->sequence);
    known.done.erase(known.done.begin(), known.done.lower_bound(known.settled_below));
    known.in_doubt.erase(known.in_doubt.begin(), known.in_doubt.lower_bound(known.settled_below));
    return Decision::kWrite;
  }

  // The store does the batch, or fails and does it or not; sometimes the process starts again.
  void finish(const WriteBatch& batch, const Values& expected,
              const std::set<std::uint64_t>& writers, const std::vector<Token>& new_tokens) {
    const bool fails = random_.one_in(8);
    if (!fails || random_.one_in(2)) {
      for (const Operation operation : batch) carry_out(operation, values_);
      Values users = values_;
      std::erase_if(users, [](const auto& entry) { return is_hidden(entry.first); });
      Values right = expected;
      std::erase_if(right, [](const auto& entry) { return is_hidden(entry.first); });
      EXPECT_EQ(users, right) << "a write that was refused is done, or one that was not is lost";
      for (const std::uint64_t client : writers) stored_[client] = memory_[client];
    }
    if (fails) {
      decider_.in_doubt();
      for (const Token& token : new_tokens)
        if (Tokens& known = memory_[token.client]; known.done.contains(token.sequence))
          known.in_doubt.insert(token.sequence);
    }
    if (random_.one_in(fails ? 2 : 50)) start_again();
  }

  void start_again() {
    TokenTable tokens;
    for (const auto& [key, value] : values_) {
      const auto client = client_of(key);
      if (!client) continue;
      ASSERT_THAT(tokens.load(*client, value), testing::IsOk());
    }
    decider_ = WriteDecider(std::move(tokens), kMostClients);
    memory_ = stored_;
  }

  Result<std::optional<std::string>> read(std::string_view key) const {
    if (unreadable_) return io_error("the block is damaged");
    const auto found = values_.find(key);
    return found == values_.end() ? std::nullopt : std::optional(found->second);
  }

  env::Random random_;
  nanoseconds now_{0};
  Values values_;                               // what the store has
  bool unreadable_ = false;                     // the store cannot be read during this group
  std::set<std::string, std::less<>> written_;  // keys that the writes of this group change
  WriteDecider decider_{TokenTable(), kMostClients};
  std::map<std::uint64_t, std::uint64_t> sent_;
  std::map<std::uint64_t, Tokens> memory_;
  std::map<std::uint64_t, Tokens> stored_;
  proto::Error::Code refusal_ = proto::Error::UNKNOWN;  // of the last refusal that is right
};

// Ten million decisions: --gtest_filter=WriteDecider.* --gtest_repeat=50 --gtest_shuffle
TEST(WriteDecider, DecidesAsAModelDoesThroughFailuresAndRestarts) {
  constexpr std::uint64_t kDecisions = testing::kSanitized ? 20'000 : 200'000;
  std::uint64_t decided = 0;
  for (std::uint64_t seed = first_seed(); decided < kDecisions && !HasFailure(); ++seed) {
    SCOPED_TRACE(again(seed));
    World world(seed);
    for (int group = 0; group < 50; ++group) decided += world.run_group();
  }
}

class OneGroup : public ::testing::Test {
 protected:
  Decision decide(const WriteDecider::Write& write) {
    return decider_
        .decide(write, {nanoseconds(1), TokenTable::Age(0)},
                [](std::string_view) -> Result<std::optional<std::string>> { return std::nullopt; })
        .decision;
  }

  WriteDecider decider_{TokenTable()};
  WriteBatch batch_;
};

TEST_F(OneGroup, AllOfItIsWrittenWithoutACopy) {
  batch_.put("a", "1").put("b", "2");
  decider_.begin(batch_);
  EXPECT_EQ(decide({.token = {}, .deadline = nanoseconds::max(), .count = 1}), Decision::kWrite);
  EXPECT_EQ(
      decide({.token = Token{7, 1, 1}, .deadline = nanoseconds::max(), .first = 1, .count = 1}),
      Decision::kWrite);
  const WriteBatch& written = decider_.to_write();
  EXPECT_EQ(&written, &batch_);
  ASSERT_EQ(written.count(), 3u);
  EXPECT_EQ(written[2].key, token_key(7));
}

TEST_F(OneGroup, WithNothingToDoIsEmpty) {
  batch_.put("a", "1");
  decider_.begin(batch_);
  EXPECT_EQ(decide({.token = Token{7, 1, 1}, .deadline = nanoseconds(1), .count = 1}),
            Decision::kRefused);
  EXPECT_TRUE(decider_.to_write().empty());
  EXPECT_FALSE(decider_.tokens().knows(7)) << "a write that was refused leaves nothing behind";
}

TEST_F(OneGroup, HasOneRecordForEachClient) {
  decider_.begin(batch_);
  for (const Token token : {Token{7, 1, 1}, Token{8, 1, 1}, Token{7, 2, 1}})
    EXPECT_EQ(decide({.token = token, .deadline = nanoseconds::max()}), Decision::kWrite);
  EXPECT_EQ(decider_.to_write().count(), 2u);
}

}  // namespace
}  // namespace strata::net
