#include "net/wire_capture.h"

#include "base/bytes.h"
#include "env/output_file.h"

namespace strata::net {

WireCapture::WireCapture(const std::string& file, const env::Clock& clock)
    : name_(file),
      clock_(clock),
      start_(clock.now()),
      file_(file, std::ios::binary | std::ios::trunc) {
  Bytes head;
  Encoder out(head);
  out.text(kCaptureMagic);
  out.u8(kCaptureVersion);
  file_ << as_text(head);
}

Result<std::unique_ptr<WireCapture>> WireCapture::create(const std::string& file,
                                                         const env::Clock& clock) {
  STRATA_TRY(env::check_output(file, kCaptureMagic));
  std::unique_ptr<WireCapture> capture(new WireCapture(file, clock));
  if (!capture->file_) return io_error("cannot write " + file);
  return capture;
}

void WireCapture::frames(std::uint64_t connection, Direction direction, std::string_view frames) {
  const auto at = std::chrono::duration_cast<std::chrono::microseconds>(clock_.now() - start_);
  Bytes head;
  Encoder out(head);
  out.u64(static_cast<std::uint64_t>(at.count()));
  out.u64(connection);
  out.u8(static_cast<std::uint8_t>(direction));
  out.u32(static_cast<std::uint32_t>(frames.size()));
  const std::lock_guard lock(mutex_);
  file_ << as_text(head) << frames << std::flush;
}

Result<void> WireCapture::finish() {
  const std::lock_guard lock(mutex_);
  if (file_.flush()) return {};
  return io_error("cannot write " + name_);
}

}  // namespace strata::net
