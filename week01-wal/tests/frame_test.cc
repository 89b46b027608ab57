// Task 1.2: the frame around a payload.
#include "wal/frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/checksum.h"
#include "testing/golden.h"

namespace strata::wal {
namespace {

constexpr std::uint64_t kLogId = 0x0123456789abcdef;
const std::string kPayload = "twenty-one bytes long";

Bytes encode(Position position, Position durable_end, std::string_view payload = kPayload) {
  Bytes bytes;
  encode_frame(kLogId, position, durable_end, as_bytes(payload), bytes);
  return bytes;
}

// The fault; nullopt if there is none.
template <class T>
std::optional<FrameFault> fault_of(const std::expected<T, FrameFault>& decoded) {
  return decoded ? std::nullopt : std::optional(decoded.error());
}

TEST(Frame, TakesItsHeaderThePayloadAndPadding) {
  for (const auto& [payload, size] :
       std::vector<std::pair<std::size_t, std::size_t>>{{0, 16}, {1, 24}, {8, 24}, {9, 32}}) {
    EXPECT_EQ(frame_size(payload), size);
    EXPECT_EQ(encode(Position(0), Position(0), std::string(payload, 'x')).size(), size);
  }
}

TEST(Frame, HasTheFieldsThatFormatMdSays) {
  const Bytes bytes = encode(Position(4096), Position(4000));
  const auto field = [&](std::size_t at) { return load_little_endian<std::uint32_t>(&bytes[at]); };
  EXPECT_EQ(field(4), kPayload.size());
  EXPECT_EQ(field(8), 96u);
  EXPECT_EQ(field(12), checksum32(as_bytes(kPayload)));
  EXPECT_EQ(field(0), checksum32(ByteView(bytes).subspan(4, 12), kLogId + 4096));
  EXPECT_EQ(as_text(ByteView(bytes).subspan(16, kPayload.size())), kPayload);
  EXPECT_EQ(testing::to_hex(ByteView(bytes).subspan(16 + kPayload.size())), "000000");
}

TEST(Frame, ComesBackAsItWas) {
  const Bytes bytes = encode(Position(4096), Position(4000));
  const auto frame = decode_frame(kLogId, Position(4096), bytes);
  ASSERT_TRUE(frame.has_value()) << name_of(frame.error());
  EXPECT_EQ(as_text(frame->payload), kPayload);
  EXPECT_EQ(frame->size, bytes.size());
  EXPECT_EQ(frame->durable_end, Position(4000));
}

TEST(Frame, IsAppendedBehindOthers) {
  Bytes bytes = encode(Position(0), Position(0));
  const std::size_t first = bytes.size();
  encode_frame(kLogId, Position(first), Position(0), as_bytes("second"), bytes);
  const auto frame = decode_frame(kLogId, Position(first), ByteView(bytes).subspan(first));
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(as_text(frame->payload), "second");
}

TEST(Frame, OfAnotherPlaceOrAnotherLogIsNoFrame) {
  const Bytes bytes = encode(Position(4096), Position(4096));
  EXPECT_EQ(fault_of(decode_frame(kLogId, Position(4104), bytes)), FrameFault::kBadHeader);
  EXPECT_EQ(fault_of(decode_frame(kLogId + 1, Position(4096), bytes)), FrameFault::kBadHeader);
}

TEST(Frame, EveryFlippedBitButThoseOfThePaddingIsNoticed) {
  const Bytes good = encode(Position(64), Position(0));
  for (std::size_t bit = 0; bit < 8 * (kFrameHeaderSize + kPayload.size()); ++bit) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
    const auto frame = decode_frame(kLogId, Position(64), bad);
    ASSERT_FALSE(frame.has_value()) << "bit " << bit;
    EXPECT_EQ(frame.error(),
              bit < 8 * kFrameHeaderSize ? FrameFault::kBadHeader : FrameFault::kBadPayload);
  }
}

TEST(Frame, CutShortSaysWhere) {
  const Bytes good = encode(Position(64), Position(0));
  for (std::size_t size = 0; size < good.size(); ++size)
    ASSERT_EQ(fault_of(decode_frame(kLogId, Position(64), ByteView(good).first(size))),
              size < kFrameHeaderSize ? FrameFault::kShortHeader : FrameFault::kShortPayload)
        << "cut to " << size << " of " << good.size() << " bytes";
}

TEST(Frame, ZerosAreBlank) {
  const Bytes zeros(100);
  EXPECT_EQ(fault_of(decode_frame(kLogId, Position(0), zeros)), FrameFault::kBlank);
  EXPECT_EQ(fault_of(decode_header(kLogId, Position(0), zeros)), FrameFault::kBlank);
}

TEST(Frame, WithoutAPayloadIsNotBlank) {
  const Bytes voucher = encode(Position(0), Position(0), "");
  EXPECT_TRUE(decode_frame(kLogId, Position(0), voucher).has_value());
}

// Forges a header whose checksum is right. The reader must still check its length.
Bytes forge(std::uint32_t payload_size, std::uint32_t unsynced, Position position) {
  Bytes bytes = encode(position, position);
  store_little_endian(&bytes[4], payload_size);
  store_little_endian(&bytes[8], unsynced);
  store_little_endian(&bytes[0],
                      checksum32(ByteView(bytes).subspan(4, 12), kLogId + position.value()));
  return bytes;
}

TEST(Frame, AForgedLengthIsRefused) {
  for (const std::uint32_t size : {std::uint32_t{kMaxPayloadSize + 1}, 0x7fffffffu, 0xffffffffu})
    EXPECT_EQ(fault_of(decode_frame(kLogId, Position(64), forge(size, 0, Position(64)))),
              FrameFault::kBadHeader);
  EXPECT_EQ(fault_of(decode_frame(kLogId, Position(64), forge(4096, 0, Position(64)))),
            FrameFault::kShortPayload);
}

TEST(Frame, VouchingForABeginningBeforeTheLogIsRefused) {
  EXPECT_EQ(fault_of(decode_header(kLogId, Position(64), forge(5, 65, Position(64)))),
            FrameFault::kBadHeader);
}

}  // namespace
}  // namespace strata::wal
