// What a server remembers in its own store, and which stores it refuses.
#include "shard/records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "map_servers.h"
#include "net/hidden_keys.h"
#include "shard/node_process.h"
#include "store/memory_store.h"
#include "testing/results.h"

namespace strata::shard {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::SizeIs;

const MoveName kMove{.epoch = 2, .from = ServerId(11), .to = ServerId(12)};

TEST(Records, AreReadAsTheyWereWritten) {
  MemoryStore store;
  const ClusterMap map = joined(first_map(7, {server(1), server(2)}).value(), server(3)).value();
  const SourceRecord source{.stage = SourceStage::kFenced, .attempt = 4};
  const TargetRecord target{.stage = TargetStage::kCatching,
                            .attempt = 3,
                            .life = 99,
                            .after_key = std::string("k\0y", 3),
                            .number = 17};
  WriteBatch batch;
  add_record(Self{.id = ServerId(5), .name = "n1"}, batch);
  add_record(map, batch);
  add_record(kMove, source, batch);
  add_record(kMove, target, batch);
  ASSERT_THAT(store.write(batch), IsOk());
  const Records records = read_records(store).value();
  EXPECT_EQ(records.self->id, ServerId(5));
  EXPECT_EQ(records.self->name, "n1");
  EXPECT_EQ(records.map, map);
  EXPECT_EQ(records.sources.at(kMove), source);
  EXPECT_EQ(records.targets.at(kMove), target);
  EXPECT_FALSE(has_keys(store).value());

  WriteBatch removal;
  remove_records(kMove, removal);
  ASSERT_THAT(store.write(removal), IsOk());
  const Records after = read_records(store).value();
  EXPECT_THAT(after.sources, SizeIs(0));
  EXPECT_THAT(after.targets, SizeIs(0));
}

TEST(Records, OfANewStoreAreNone) {
  MemoryStore store;
  const Records records = read_records(store).value();
  EXPECT_FALSE(records.self || records.map);
}

// Each record with another version, cut off, and with a bit that flipped.
TEST(Records, ADamagedOneOrANewerOneIsRefused) {
  const ClusterMap map = first_map(7, {server(1), server(2)}).value();
  WriteBatch whole;
  add_record(Self{.id = ServerId(5), .name = "n1"}, whole);
  add_record(map, whole);
  add_record(kMove, SourceRecord{.stage = SourceStage::kFenced, .attempt = 4}, whole);
  add_record(kMove, TargetRecord{.stage = TargetStage::kCopying, .attempt = 3}, whole);
  for (const Operation operation : whole) {
    const std::string value(operation.value);
    const auto read_with = [&](const std::string& changed) {
      MemoryStore store;
      EXPECT_THAT(store.put(operation.key, changed), IsOk());
      return read_records(store);
    };
    EXPECT_THAT(read_with(value), IsOk());
    EXPECT_THAT(read_with("\2" + value.substr(1)), FailsWith(ErrorCode::kUnsupported));
    EXPECT_THAT(read_with(""), FailsWith(ErrorCode::kCorruption));
    EXPECT_THAT(read_with(value.substr(0, 3)), FailsWith(ErrorCode::kCorruption));
  }
  MemoryStore store;
  ASSERT_THAT(store.put(std::string("\0strata\0shard\0later", 19), "\1"), IsOk());
  EXPECT_THAT(read_records(store), FailsWith(ErrorCode::kUnsupported));
}

TEST(NodeProcess, RefusesAStoreThatIsNoServersOrAnothersInWords) {
  MemoryStore used;
  ASSERT_THAT(used.put("key", "value"), IsOk());
  const auto refused = NodeProcess::start(used, {.name = "n1", .address = "unix:/nowhere"}, {});
  EXPECT_THAT(refused, FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(refused.error().message, HasSubstr("was never a server of a cluster"));

  MemoryStore store;
  ASSERT_THAT(NodeProcess::start(store, {.name = "n1", .address = "unix:/nowhere"}, {}), IsOk());
  const auto renamed = NodeProcess::start(store, {.name = "n2", .address = "unix:/nowhere"}, {});
  EXPECT_THAT(renamed, FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(renamed.error().message, HasSubstr("that of the server n1, and not of n2"));
}

}  // namespace
}  // namespace strata::shard
