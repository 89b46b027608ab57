#include "net/frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/checksum.h"
#include "testing/results.h"

namespace strata::net {
namespace {

using strata::testing::FailsWith;
using ::testing::ElementsAre;

std::string frame_of(std::string_view payload) {
  std::string frame;
  append_frame(payload, frame);
  return frame;
}

// All payloads that come out of `stream`, fed in pieces of `piece` bytes.
std::vector<std::string> decode(FrameDecoder& decoder, std::string_view stream, std::size_t piece) {
  std::vector<std::string> payloads;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    // A copy, which is freed after the decoder has taken it in.
    const std::string bytes(stream.substr(at, piece));
    decoder.feed(bytes);
    for (;;) {
      const auto payload = decoder.next();
      EXPECT_TRUE(payload.has_value()) << payload.error().message;
      if (!payload) return payloads;
      if (!*payload) break;
      payloads.emplace_back(**payload);
      if (payloads.size() > stream.size()) {
        ADD_FAILURE() << "more frames than bytes: one was handed out again";
        return payloads;
      }
    }
  }
  return payloads;
}

TEST(Frame, IsAHeaderOfEightBytesAndThePayload) {
  const std::string frame = frame_of("payload");
  ASSERT_EQ(frame.size(), kFrameHeaderSize + 7);
  EXPECT_EQ(frame.substr(0, 4), std::string("\x07\0\0\0", 4));
  EXPECT_EQ(frame.substr(kFrameHeaderSize), "payload");
}

TEST(Frame, StandsBehindWhatWasThere) {
  std::string out = "before";
  append_frame("a", out);
  EXPECT_EQ(out, "before" + frame_of("a"));
}

TEST(FrameDecoder, FindsTheFramesWhateverPiecesTheyComeIn) {
  const std::string stream =
      frame_of("one") + frame_of("") + frame_of(std::string(300, 'x')) + frame_of("four");
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    FrameDecoder decoder(1000);
    EXPECT_THAT(decode(decoder, stream, piece),
                ElementsAre("one", "", std::string(300, 'x'), "four"))
        << piece;
    EXPECT_FALSE(decoder.in_frame());
    EXPECT_EQ(decoder.memory(), 0u);
  }
}

TEST(FrameDecoder, KnowsThatAFrameHasBegun) {
  FrameDecoder decoder(1000);
  const std::string frame = frame_of("payload");
  for (std::size_t size = 1; size < frame.size(); ++size) {
    FrameDecoder part(1000);
    EXPECT_TRUE(decode(part, frame.substr(0, size), size).empty());
    EXPECT_TRUE(part.in_frame()) << size;
  }
}

TEST(FrameDecoder, RefusesWhatIsTooLargeAsSoonAsItsHeaderIsThere) {
  FrameDecoder decoder(100);
  const std::string header = frame_of(std::string(101, 'x')).substr(0, kFrameHeaderSize);
  decoder.feed(header);
  EXPECT_THAT(decoder.next(), FailsWith(ErrorCode::kCorruption));
  decoder.set_max_payload(1 << 20);
  EXPECT_THAT(decoder.next(), FailsWith(ErrorCode::kCorruption)) << "the stream is lost";
  FrameDecoder in_pieces(100);
  const std::string start = header.substr(0, 5);
  in_pieces.feed(start);
  EXPECT_FALSE(in_pieces.next().value().has_value());
  const std::string rest = header.substr(5);
  in_pieces.feed(rest);
  EXPECT_THAT(in_pieces.next(), FailsWith(ErrorCode::kCorruption));
  FrameDecoder just(101);
  EXPECT_THAT(decode(just, frame_of(std::string(101, 'x')), 50),
              ElementsAre(std::string(101, 'x')));
}

TEST(FrameDecoder, FindsEachDamagedByte) {
  const std::string frame = frame_of("a payload");
  for (std::size_t at = 4; at < frame.size(); ++at) {  // a damaged size is another frame
    std::string damaged = frame;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    FrameDecoder decoder(1000);
    decoder.feed(damaged);
    EXPECT_THAT(decoder.next(), FailsWith(ErrorCode::kCorruption)) << at;
  }
}

TEST(FrameDecoder, RefusesAChecksumThatIsNotBoundToTheSize) {
  const std::string payload = "a payload";
  Bytes frame;
  Encoder out(frame);
  out.u32(static_cast<std::uint32_t>(payload.size()));
  out.u32(checksum32(as_bytes(payload)));  // right except for the seed
  out.text(payload);
  FrameDecoder decoder(1000);
  decoder.feed(as_text(frame));
  EXPECT_THAT(decoder.next(), FailsWith(ErrorCode::kCorruption));
}

TEST(FrameDecoder, HoldsNoMoreThanItWasGiven) {
  FrameDecoder decoder(std::size_t{64} << 20);
  const std::string start = frame_of(std::string(1 << 20, 'x')).substr(0, 1000);
  decoder.feed(start);
  EXPECT_FALSE(decoder.next().value().has_value());
  EXPECT_LT(decoder.memory(), 4096u);
}

TEST(FrameDecoder, GivesBackWhatItHasNotLookedAt) {
  FrameDecoder decoder(1000);
  const std::string stream = frame_of("one") + frame_of("two");
  decoder.feed(stream);
  EXPECT_EQ(decoder.next().value(), "one");
  const std::string rest(decoder.take_unread());
  EXPECT_EQ(rest, frame_of("two"));
  decoder.feed(rest);
  EXPECT_EQ(decoder.next().value(), "two");
}

}  // namespace
}  // namespace strata::net
