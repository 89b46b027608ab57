// The bytes of the file STORE.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/store_directory.h"
#include "testing/results.h"

namespace strata {
namespace {

using testing::FailsWith;

const StoreFile kExample{{"logged", 2, 0x0123456789abcdef}, {}};
const StoreFile kClosed{{"lsm", 2, 7}, {{"wal", 4096}, {"manifest", ~std::uint64_t{0}}}};

TEST(Identity, IsTextThatAPersonCanRead) {
  EXPECT_THAT(encode_store(kExample),
              ::testing::MatchesRegex("Strata store\nkind: logged\nversion: 2\n"
                                      "id: 0123456789abcdef\nchecksum: [0-9a-f]+\n"));
}

TEST(Identity, ComesBackAsItWas) {
  for (const StoreFile& store : {kExample, kClosed, StoreFile{{"x", 2, 0}, {{"", 0}}},
                                 StoreFile{{"lsm", ~0u, ~std::uint64_t{0}}, {}}}) {
    const auto found = decode_store(encode_store(store));
    ASSERT_THAT(found, testing::IsOk());
    EXPECT_EQ(found->identity, store.identity);
    EXPECT_EQ(found->ends, store.ends);
  }
}

TEST(Identity, SaysWhereTheLogsEnded) {
  EXPECT_THAT(encode_store(kClosed),
              ::testing::HasSubstr("\nend of wal: 4096\nend of manifest: 18446744073709551615\n"));
  EXPECT_EQ(end_of("wal", kClosed.ends), 4096u);
  EXPECT_EQ(end_of("other", kClosed.ends), 0u);
}

TEST(Identity, OfVersion1HasNoEnds) {
  EXPECT_THAT(decode_store(encode_store({{"lsm", 1, 7}, kClosed.ends})),
              FailsWith(ErrorCode::kCorruption));
  EXPECT_EQ(closed_store({"lsm", 1, 7}, kClosed.ends).identity, kClosed.identity);
  EXPECT_EQ(closed_store({"lsm", 3, 7}, kClosed.ends).identity.version, 3u);
}

TEST(Identity, ACopySaysSo) {
  const StoreIdentity copy{"lsm", 2, 7, 0x8899aabbccddeeff};
  const StoreFile closed = closed_store(copy, kClosed.ends);
  EXPECT_EQ(closed.identity.version, 3u);
  EXPECT_EQ(closed.identity.own_id(), 0x8899aabbccddeeff);
  EXPECT_EQ(kClosed.identity.own_id(), kClosed.identity.id);
  EXPECT_THAT(encode_store(closed), ::testing::HasSubstr("\ncopy: 8899aabbccddeeff\nend of wal: "));
  EXPECT_EQ(decode_store(encode_store(closed))->identity, closed.identity);
  EXPECT_THAT(decode_store(encode_store({copy, {}})), FailsWith(ErrorCode::kCorruption))
      << "version 2 has no copies";
}

TEST(Identity, AnyByteThatDiffersIsCorruption) {
  const std::string right = encode_store(kClosed);
  for (std::size_t at = 0; at < right.size(); ++at)
    for (int other = 0; other < 256; ++other) {
      std::string wrong = right;
      wrong[at] = static_cast<char>(other);
      if (wrong == right) continue;
      ASSERT_THAT(decode_store(wrong), FailsWith(ErrorCode::kCorruption)) << "byte " << at;
    }
}

TEST(Identity, AnyOtherLengthIsCorruption) {
  const std::string right = encode_store(kExample);
  for (std::size_t size = 0; size < right.size(); ++size)
    EXPECT_THAT(decode_store(right.substr(0, size)), FailsWith(ErrorCode::kCorruption)) << size;
  EXPECT_THAT(decode_store(right + "\n"), FailsWith(ErrorCode::kCorruption));
  EXPECT_THAT(decode_store(std::string(4096, '\n')), FailsWith(ErrorCode::kCorruption));
}

}  // namespace
}  // namespace strata
