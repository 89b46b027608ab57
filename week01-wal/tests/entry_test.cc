// Task 1.1: the bytes of an entry.
#include "wal/entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "env/random.h"
#include "store/limits.h"
#include "testing/golden.h"
#include "testing/results.h"

namespace strata::wal {
namespace {

using testing::FailsWith;
using testing::to_hex;

constexpr Timestamp kTime{1'700'000'000'000'000};

Bytes encode(const WriteBatch& batch) {
  Bytes bytes;
  encode_batch(batch, kTime, bytes);
  return bytes;
}

// All entries of a payload, or the error that stopped the reader.
Result<std::vector<LogEntry>> decode(ByteView payload) {
  std::vector<LogEntry> entries;
  EntryReader reader(payload);
  for (;;) {
    STRATA_TRY(const auto entry, reader.next());
    if (!entry) return entries;
    entries.push_back(*entry);
  }
}

TEST(Entry, HasTheBytesThatTheDesignSays) {
  EXPECT_EQ(to_hex(encode(WriteBatch().put("key", "val"))),
            "00401e18240a0600"  // timestamp, least significant byte first
            "01"                // PUT
            "03000000"
            "6b6579"
            "03000000"
            "76616c");
}

TEST(Entry, ADeleteCarriesNoValue) {
  EXPECT_EQ(to_hex(encode(WriteBatch().remove("key"))),
            "00401e18240a0600"
            "02"
            "03000000"
            "6b6579"
            "00000000");
}

TEST(Entry, IsAppendedToWhatIsThere) {
  Bytes bytes(3, std::byte{0xee});
  encode_batch(WriteBatch().put("k", "v"), kTime, bytes);
  EXPECT_EQ(to_hex(ByteView(bytes).first(3)), "eeeeee");
  EXPECT_EQ(bytes.size(), 3 + WriteBatch().put("k", "v").byte_size());
}

TEST(Entry, ComesBackAsItWas) {
  std::string all_bytes;
  for (int byte = 0; byte < 256; ++byte) all_bytes.push_back(static_cast<char>(byte));
  const Bytes payload =
      encode(WriteBatch().put(all_bytes, all_bytes + all_bytes).remove("gone").put("empty", ""));
  const auto entries = decode(payload);
  ASSERT_TRUE(entries.has_value()) << entries.error().message;
  ASSERT_EQ(entries->size(), 3u);
  EXPECT_EQ((*entries)[0].operation.key, all_bytes);
  EXPECT_EQ((*entries)[0].operation.value, all_bytes + all_bytes);
  EXPECT_EQ((*entries)[1].operation.kind, OperationKind::kDelete);
  EXPECT_EQ((*entries)[1].operation.key, "gone");
  EXPECT_EQ((*entries)[2].operation.kind, OperationKind::kPut);
  EXPECT_EQ((*entries)[2].operation.value, "");
  EXPECT_EQ((*entries)[2].timestamp, kTime);
}

TEST(Entry, CutShortAnywhereIsCorruption) {
  const Bytes payload = encode(WriteBatch().put("key", "value").remove("other"));
  const std::size_t first = WriteBatch().put("key", "value").byte_size();
  for (std::size_t size = 1; size < payload.size(); ++size) {
    const auto entries = decode(ByteView(payload).first(size));
    if (size == first) {
      EXPECT_TRUE(entries.has_value());  // exactly between the two entries
    } else {
      ASSERT_FALSE(entries.has_value()) << size;
      EXPECT_THAT(entries, FailsWith(ErrorCode::kCorruption));
    }
  }
}

TEST(Entry, WithAnUnknownTypeIsCorruption) {
  Bytes payload = encode(WriteBatch().put("key", "value"));
  for (const int type : {0, 3, 255}) {
    payload[8] = static_cast<std::byte>(type);
    EXPECT_THAT(decode(payload), FailsWith(ErrorCode::kCorruption));
  }
}

TEST(Entry, WithALengthThatReachesPastTheEndIsCorruption) {
  Bytes payload = encode(WriteBatch().put("key", "value"));
  for (const std::uint32_t length : {6u, 1000u, 0x7fffffffu, 0xffffffffu}) {
    store_little_endian(&payload[16], length);
    ASSERT_THAT(decode(payload), FailsWith(ErrorCode::kCorruption));
  }
}

TEST(Entry, BeyondTheLimitsIsCorruption) {
  EXPECT_THAT(decode(encode(WriteBatch().put("", "v"))), FailsWith(ErrorCode::kCorruption));
  const std::string long_key(kMaxKeySize + 1, 'k');
  EXPECT_THAT(decode(encode(WriteBatch().put(long_key, "v"))), FailsWith(ErrorCode::kCorruption));
  Bytes deletes = encode(WriteBatch().put("k", "v"));
  deletes[8] = std::byte{2};
  EXPECT_THAT(decode(deletes), FailsWith(ErrorCode::kCorruption));
}

// For any bytes, the reader ends and never reads past them (the address sanitizer checks this).
TEST(Entry, RandomBytesNeverHurtTheReader) {
  env::Random random(7);
  for (int round = 0; round < 2000; ++round) {
    Bytes payload = encode(WriteBatch().put("some key", "some value").remove("k"));
    for (int flips = 0; flips < 3; ++flips)
      payload[random.below(payload.size())] = static_cast<std::byte>(random.next());
    payload.resize(random.below(payload.size() + 1));
    payload.shrink_to_fit();
    const auto entries = decode(payload);
    if (!entries) {
      ASSERT_THAT(entries, FailsWith(ErrorCode::kCorruption));
    }
  }
}

}  // namespace
}  // namespace strata::wal
