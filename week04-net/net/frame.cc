#include "net/frame.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/checksum.h"

namespace strata::net {
namespace {

struct Header {
  std::uint32_t size;
  std::uint32_t checksum;
};

// Requires: `bytes` has at least kFrameHeaderSize bytes.
Header decode_header(std::string_view bytes) {
  const std::byte* at = as_bytes(bytes).data();
  return {load_little_endian<std::uint32_t>(at), load_little_endian<std::uint32_t>(at + 4)};
}

std::uint32_t checksum_of(std::string_view payload) {
  return checksum32(as_bytes(payload), payload.size());
}

}  // namespace

void append_frame(std::string_view payload, std::string& out) {
  const std::size_t payload_at = out.size() + kFrameHeaderSize;
  out.resize(payload_at);
  out += payload;
  finish_frame(out, payload_at);
}

void finish_frame(std::string& out, std::size_t payload_at) {
  // TASK 4.1: write the header into the 8 bytes before the payload: the size of the payload, then
  // the checksum of the payload seeded with that size, 4 bytes each, little-endian. See FORMAT.md,
  // "Frame".
  const std::string_view payload = std::string_view(out).substr(payload_at);
  auto* header = reinterpret_cast<std::byte*>(out.data() + payload_at - kFrameHeaderSize);
  store_little_endian(header, static_cast<std::uint32_t>(payload.size()));
  store_little_endian(header + 4, checksum_of(payload));
  // END TASK 4.1
}

void FrameDecoder::feed(std::string_view bytes) {
  STRATA_ASSERT(fed_.empty());
  fed_ = bytes;
}

Result<std::optional<std::string_view>> FrameDecoder::next() {
  // TASK 4.1: return the next payload, from the bytes in kept_ and fed_. A frame that is complete
  // in fed_ is not copied. If there is no complete frame, move the rest of fed_ into kept_, and
  // return nullopt. The payload that was returned last is no longer needed: free it (drop_whole).
  // After an error every later call returns the same error.
  if (failure_) return *failure_;
  drop_whole();
  auto payload = kept_.empty() ? next_of(fed_) : finish_kept();
  if (!payload) {
    failure_ = payload.error();
  } else if (!*payload && !fed_.empty()) {
    kept_ += fed_;
    fed_ = {};
  }
  return payload;
  // END TASK 4.1
}

// Frees a frame in kept_ whose payload was handed out.
void FrameDecoder::drop_whole() {
  if (kept_is_whole_) std::string().swap(kept_);  // frees its memory too
  kept_is_whole_ = false;
}

// Takes a frame off the front of `bytes`, if the whole frame is there. Returns its payload.
Result<std::optional<std::string_view>> FrameDecoder::next_of(std::string_view& bytes) {
  if (bytes.size() < kFrameHeaderSize) return std::nullopt;
  const Header header = decode_header(bytes);
  if (header.size > max_payload_)
    return corruption(
        fmt::format("a frame of {} bytes, where {} are allowed: is the peer a "
                    "Strata program of this version?",
                    header.size, max_payload_));
  const std::string_view behind = bytes.substr(kFrameHeaderSize);
  if (behind.size() < header.size) return std::nullopt;
  const std::string_view payload = behind.substr(0, header.size);
  if (checksum_of(payload) != header.checksum)
    return corruption(
        fmt::format("the checksum of a frame of {} bytes does not match: it was "
                    "damaged on the way, or the peer speaks something else",
                    header.size));
  bytes = behind.substr(header.size);
  return payload;
}

// Completes the frame in kept_ with the bytes of fed_ that it lacks, and no more.
Result<std::optional<std::string_view>> FrameDecoder::finish_kept() {
  const auto take = [this](std::size_t wanted) {
    const std::size_t missing = wanted > kept_.size() ? wanted - kept_.size() : 0;
    const std::size_t taken = std::min(missing, fed_.size());
    kept_ += fed_.substr(0, taken);
    fed_.remove_prefix(taken);
  };
  take(kFrameHeaderSize);
  if (kept_.size() < kFrameHeaderSize) return std::nullopt;
  // If next_of() below will refuse the size, do not wait for so many bytes or copy them.
  if (const std::size_t size = kFrameHeaderSize + decode_header(kept_).size;
      size <= kFrameHeaderSize + max_payload_) {
    // The buffer grows to twice what has arrived, but never beyond the end of the frame.
    if (kept_.capacity() < size && kept_.size() + fed_.size() > kept_.capacity())
      kept_.reserve(std::min(size, 2 * (kept_.size() + fed_.size())));
    take(size);
  }
  std::string_view whole = kept_;
  auto payload = next_of(whole);
  kept_is_whole_ = payload && *payload;
  return payload;
}

}  // namespace strata::net
