#include "compaction/codecs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "env/random.h"
#include "testing/golden.h"
#include "testing/results.h"
#include "testing/sanitizers.h"

namespace strata::compaction {
namespace {

using testing::FailsWith;
using testing::IsOk;

// Random bytes of `variety` different values: with 256 the text does not shrink, with 2 it shrinks
// much.
std::string text_of(std::size_t size, std::uint64_t variety, std::uint64_t seed) {
  env::Random random(seed);
  std::string text(size, '\0');
  for (char& byte : text) byte = static_cast<char>(random.below(variety));
  return text;
}

std::string with_size(std::uint32_t size, std::string_view rest) {
  std::string bytes(sizeof(size), '\0');
  store_little_endian(reinterpret_cast<std::byte*>(bytes.data()), size);
  return bytes.append(rest);
}

template <class T>
class Codecs : public ::testing::Test {
 protected:
  const T codec_;
};
using EachCodec = ::testing::Types<Lz4Codec, ZstdCodec>;
TYPED_TEST_SUITE(Codecs, EachCodec);

TYPED_TEST(Codecs, UnpackWhatTheyPacked) {
  for (const std::size_t size : {40u, 100u, 4096u, 5000u, 1u << 20, (16u << 20) + (64u << 10)})
    for (const std::uint64_t variety : {1, 2, 3}) {
      const std::string contents = text_of(size, variety, size);
      const auto packed = this->codec_.compress(contents);
      if (!packed && size < 200) continue;
      ASSERT_TRUE(packed.has_value()) << size << " of " << variety;
      ASSERT_THAT(this->codec_.decompress(*packed), IsOk());
      EXPECT_TRUE(this->codec_.decompress(*packed).value() == contents) << size << " bytes";
    }
}

TYPED_TEST(Codecs, LeaveABlockPlainThatDoesNotShrinkByAnEighth) {
  EXPECT_EQ(this->codec_.compress(""), std::nullopt);
  EXPECT_EQ(this->codec_.compress("short"), std::nullopt);
  EXPECT_EQ(this->codec_.compress(text_of(4096, 256, 1)), std::nullopt);
  for (std::size_t same = 0; same <= 1024; same += 8) {  // so many bytes shrink
    const std::string contents = text_of(4096 - same, 256, same + 1) + std::string(same, 'x');
    const auto packed = this->codec_.compress(contents);
    if (same < 512 || same > 600) {
      EXPECT_EQ(packed.has_value(), same > 600) << same << " bytes alike";
    }
    EXPECT_LE(packed.value_or("").size(), 4096u - 4096u / 8);
  }
}

TYPED_TEST(Codecs, LeaveABlockPlainThatIsLargerThanTheyWouldUnpack) {
  EXPECT_NE(this->codec_.compress(std::string(kMaxUnpackedSize, 'x')), std::nullopt);
  EXPECT_EQ(this->codec_.compress(std::string(kMaxUnpackedSize + 1, 'x')), std::nullopt);
}

TYPED_TEST(Codecs, RefuseASizeThatCannotBe) {
  const std::string contents(4096, 'x');
  const std::string packed = this->codec_.compress(contents).value();
  const std::string_view rest = std::string_view(packed).substr(4);
  EXPECT_THAT(this->codec_.decompress(with_size(4096, rest)), IsOk());
  for (const std::uint32_t size : {0u, 1u, 10u, 4095u, 4097u, 1u << 20})
    EXPECT_THAT(this->codec_.decompress(with_size(size, rest)), FailsWith(ErrorCode::kCorruption));
  for (const std::uint32_t size : {std::uint32_t{kMaxUnpackedSize} + 1, ~0u}) {
    const auto refused = this->codec_.decompress(with_size(size, rest));
    ASSERT_THAT(refused, FailsWith(ErrorCode::kCorruption));
    EXPECT_THAT(refused.error().message, ::testing::HasSubstr("cannot hold"));
  }
}

TYPED_TEST(Codecs, RefuseWhatIsCutShortOrForeign) {
  const std::string packed = this->codec_.compress(text_of(4096, 3, 1)).value();
  for (std::size_t size = 0; size < packed.size(); ++size)
    ASSERT_THAT(this->codec_.decompress(std::string(packed.data(), size)),
                FailsWith(ErrorCode::kCorruption))
        << "size " << size;
  EXPECT_THAT(this->codec_.decompress(packed + "x"), FailsWith(ErrorCode::kCorruption));
  EXPECT_THAT(this->codec_.decompress(with_size(4096, text_of(1000, 256, 1))),
              FailsWith(ErrorCode::kCorruption));
}

// A checksum protects real blocks, so this checks only for crashes and for the right size.
TYPED_TEST(Codecs, SurviveAFlippedBitAnywhere) {
  const std::string packed = this->codec_.compress(text_of(1000, 3, 1)).value();
  for (std::size_t bit = 0; bit < 8 * packed.size(); ++bit) {
    std::string bad = packed;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    const auto contents = this->codec_.decompress(bad);
    if (contents)
      EXPECT_EQ(contents->size(), 1000u) << "bit " << bit;
    else
      EXPECT_EQ(contents.error().code, ErrorCode::kCorruption) << "bit " << bit;
  }
}

TYPED_TEST(Codecs, ServeManyThreadsAtOnce) {
  const std::string first = text_of(4096, 3, 1);
  ASSERT_TRUE(this->codec_.compress(first).has_value());  // an unwritten task throws here
  std::vector<std::jthread> threads;
  for (std::uint64_t t = 0; t < 4; ++t)
    threads.emplace_back([this, t] {
      for (std::uint64_t i = 0; i < (testing::kSanitized ? 30 : 300); ++i) {
        const std::string contents = text_of(4096, 3, 1000 * t + i);
        EXPECT_EQ(this->codec_.decompress(*this->codec_.compress(contents)).value(), contents);
      }
    });
}

TEST(ZstdCodec, ReadsWhatWasPackedAtAnotherLevel) {
  const std::string contents = text_of(4096, 3, 1);
  const std::string quick = ZstdCodec(1).compress(contents).value();
  const std::string thorough = ZstdCodec(19).compress(contents).value();
  EXPECT_EQ(ZstdCodec(3).decompress(quick).value(), contents);
  EXPECT_EQ(ZstdCodec(3).decompress(thorough).value(), contents);
}

// A later library may compress to other bytes, but must decompress these bytes to the same text.
TEST(CodecFormat, TheBytesThatFormatMdShowsUnpackToWhatItSays) {
  const std::string contents = std::string(40, 'a') + "bcd" + std::string(40, 'a');
  const auto bytes_of = [](std::string_view name) {
    const std::string hex = testing::golden_hex(name);
    std::string bytes;
    for (std::size_t at = 0; at + 2 <= hex.size(); at += 2)
      bytes += static_cast<char>(std::stoi(hex.substr(at, 2), nullptr, 16));
    return bytes;
  };
  EXPECT_EQ(Lz4Codec().decompress(bytes_of("lz4")).value(), contents);
  EXPECT_EQ(ZstdCodec().decompress(bytes_of("zstd")).value(), contents);
  EXPECT_EQ(Lz4Codec().number(), 1);
  EXPECT_EQ(ZstdCodec().number(), 2);
}

}  // namespace
}  // namespace strata::compaction
