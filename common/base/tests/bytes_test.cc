#include "base/bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace strata {
namespace {

Bytes bytes_of(std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

TEST(Bytes, TextAndBytesAreTwoViewsOfTheSameMemory) {
  const std::string text("a\0\xff", 3);
  const ByteView bytes = as_bytes(text);
  EXPECT_EQ(static_cast<const void*>(bytes.data()), text.data());
  EXPECT_EQ(as_text(bytes), text);
  EXPECT_TRUE(as_bytes("").empty());
  EXPECT_EQ(as_text({}), "");
}

TEST(LittleEndian, PutsTheLeastSignificantByteFirst) {
  Bytes bytes(4);
  store_little_endian(bytes.data(), std::uint32_t{0x01020304});
  EXPECT_EQ(bytes, bytes_of({4, 3, 2, 1}));
  EXPECT_EQ(load_little_endian<std::uint32_t>(bytes.data()), 0x01020304u);
  EXPECT_EQ(load_little_endian<std::uint16_t>(bytes.data()), 0x0304u);
}

TEST(LittleEndian, KeepsTheHighestBitOfEveryWidth) {
  Bytes bytes(8);
  const auto returns = [&]<class T>(T value) {
    store_little_endian(bytes.data(), value);
    return load_little_endian<T>(bytes.data()) == value;
  };
  EXPECT_TRUE(returns(std::numeric_limits<std::uint8_t>::max()));
  EXPECT_TRUE(returns(std::numeric_limits<std::uint16_t>::max()));
  EXPECT_TRUE(returns(std::uint32_t{0x80000000}));
  EXPECT_TRUE(returns(std::uint64_t{0x8000000000000000}));
}

TEST(Encoder, AppendsKnownBytesFieldByField) {
  Bytes out = bytes_of({0xee});
  Encoder encoder(out);
  encoder.u8(0x7f);
  encoder.u32(0xdeadbeef);
  encoder.u64(0x0102030405060708);
  encoder.text("ab");
  encoder.zeros(2);
  encoder.bytes(bytes_of({9}));
  encoder.bytes({});
  EXPECT_EQ(out, bytes_of({0xee, 0x7f, 0xef, 0xbe, 0xad, 0xde, 8, 7, 6, 5, 4, 3, 2, 1, 'a', 'b', 0,
                           0, 9}));
}

TEST(Decoder, ReadsBackWhatWasEncoded) {
  Bytes out;
  Encoder encoder(out);
  encoder.u8(1);
  encoder.u32(2);
  encoder.u64(3);
  encoder.text("text");
  Decoder decoder(out);
  EXPECT_EQ(decoder.u8(), 1);
  EXPECT_EQ(decoder.u32(), 2u);
  EXPECT_EQ(decoder.u64(), 3u);
  EXPECT_EQ(decoder.offset(), 13u);
  EXPECT_EQ(decoder.remaining(), 4u);
  EXPECT_EQ(as_text(decoder.bytes(4).value()), "text");
  EXPECT_EQ(decoder.remaining(), 0u);
}

TEST(Decoder, AFieldThatIsCutShortIsNotReadAndMovesNothing) {
  for (std::size_t size = 0; size < 8; ++size) {
    const Bytes bytes(size);
    Decoder decoder(bytes);
    EXPECT_EQ(decoder.u64(), std::nullopt);
    EXPECT_EQ(decoder.u32().has_value(), size >= 4);
    EXPECT_EQ(decoder.offset(), size >= 4 ? 4u : 0u);
  }
  Decoder empty{ByteView()};
  EXPECT_EQ(empty.u8(), std::nullopt);
  EXPECT_TRUE(empty.bytes(0).has_value());
}

TEST(Decoder, AnAbsurdLengthIsRefusedWithoutOverflow) {
  const Bytes bytes(3);
  Decoder decoder(bytes);
  ASSERT_TRUE(decoder.u8().has_value());
  EXPECT_FALSE(decoder.bytes(std::numeric_limits<std::size_t>::max()).has_value());
  EXPECT_FALSE(decoder.bytes(3).has_value());
  EXPECT_EQ(decoder.offset(), 1u);
}

TEST(Decoder, ViewsPointIntoTheBytesGiven) {
  const Bytes bytes = bytes_of({1, 2, 3});
  Decoder decoder(bytes);
  ASSERT_TRUE(decoder.u8().has_value());
  EXPECT_EQ(decoder.bytes(2)->data(), bytes.data() + 1);
}

}  // namespace
}  // namespace strata
