// The bytes of the file STORE.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/store_directory.h"
#include "testing/results.h"

namespace strata {
namespace {

using testing::FailsWith;

const StoreIdentity kExample{"logged", 1, 0x0123456789abcdef};

TEST(Identity, IsTextThatAPersonCanRead) {
  EXPECT_THAT(encode_identity(kExample),
              ::testing::MatchesRegex("Strata store\nkind: logged\nversion: 1\n"
                                      "id: 0123456789abcdef\nchecksum: [0-9a-f]+\n"));
}

TEST(Identity, ComesBackAsItWas) {
  for (const StoreIdentity& identity :
       {kExample, StoreIdentity{"x", 0, 0}, StoreIdentity{"lsm", ~0u, ~std::uint64_t{0}}})
    EXPECT_EQ(decode_identity(encode_identity(identity)).value(), identity);
}

TEST(Identity, AnyByteThatDiffersIsCorruption) {
  const std::string right = encode_identity(kExample);
  for (std::size_t at = 0; at < right.size(); ++at)
    for (int other = 0; other < 256; ++other) {
      std::string wrong = right;
      wrong[at] = static_cast<char>(other);
      if (wrong == right) continue;
      ASSERT_THAT(decode_identity(wrong), FailsWith(ErrorCode::kCorruption)) << "byte " << at;
    }
}

TEST(Identity, AnyOtherLengthIsCorruption) {
  const std::string right = encode_identity(kExample);
  for (std::size_t size = 0; size < right.size(); ++size)
    EXPECT_THAT(decode_identity(right.substr(0, size)), FailsWith(ErrorCode::kCorruption)) << size;
  EXPECT_THAT(decode_identity(right + "\n"), FailsWith(ErrorCode::kCorruption));
  EXPECT_THAT(decode_identity(std::string(4096, '\n')), FailsWith(ErrorCode::kCorruption));
}

}  // namespace
}  // namespace strata
