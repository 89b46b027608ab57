// Takes any bytes as a stream of frames. Whatever the pieces in which they come, the decoder finds
// the same payloads and the same end; and it never holds more than it was given.
#include <algorithm>
#include <vector>

#include "base/assert.h"
#include "net/frame.h"

namespace net = strata::net;

namespace {

constexpr std::size_t kMaxPayload = 1 << 20;

struct Decoded {
  std::vector<std::string> payloads;
  bool damaged = false;

  friend bool operator==(const Decoded&, const Decoded&) = default;
};

Decoded decode(std::string_view stream, std::size_t piece) {
  net::FrameDecoder decoder(kMaxPayload);
  Decoded decoded;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    const std::string bytes(stream.substr(at, piece));
    decoder.feed(bytes);
    for (;;) {
      const auto payload = decoder.next();
      decoded.damaged = !payload;
      if (!payload) return decoded;
      if (!*payload) break;
      decoded.payloads.emplace_back(**payload);
    }
    STRATA_ASSERT(decoder.memory() <= 2 * (at + bytes.size()) + 64);
  }
  return decoded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = 1 + data[0];
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Decoded whole = decode(stream, std::max<std::size_t>(stream.size(), 1));
  STRATA_ASSERT(decode(stream, piece) == whole);
  // Encodes the payloads again: the frames must be the same bytes.
  std::string again;
  for (const std::string& payload : whole.payloads) net::append_frame(payload, again);
  STRATA_ASSERT(stream.starts_with(again));
  return 0;
}
