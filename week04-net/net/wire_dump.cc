#include "net/wire_dump.h"

#include <fmt/format.h>

#include <map>

#include "base/text.h"
#include "net/conversation.h"
#include "net/extension.h"
#include "net/frame.h"
#include "net/messages.h"
#include "net/wire_capture.h"
#include "store/stage.h"

namespace strata::net {
namespace {

constexpr std::size_t kMaxCapture = std::size_t{1} << 30;
constexpr std::size_t kShownBytes = 60;

std::string shown(std::string_view bytes) {
  if (bytes.size() <= kShownBytes) return printable(bytes);
  return fmt::format("{}... ({} bytes)", printable(bytes.substr(0, kShownBytes)), bytes.size());
}

std::string describe(const proto::Write& write) {
  std::string text;
  for (const proto::Condition& condition : write.conditions())
    text += fmt::format(" if {} {}", shown(condition.key()),
                        condition.has_value() ? "is " + shown(condition.value()) : "is not there");
  for (const proto::Operation& operation : write.operations())
    text += operation.kind() == proto::Operation::PUT
                ? fmt::format(" PUT {} {}", shown(operation.key()), shown(operation.value()))
                : fmt::format(" DELETE {}", shown(operation.key()));
  if (write.has_token())
    text += fmt::format(" token {:016x}/{} settled below {}", write.token().client(),
                        write.token().sequence(), write.token().settled_below());
  return text;
}

std::string describe(const Request& request) {
  std::string text = fmt::format("request {} {}", request.id(), name_of(request));
  if (request.has_get()) text += fmt::format(" {}", shown(request.get().key()));
  if (request.has_write()) text += describe(request.write());
  if (request.has_scan()) {
    text += fmt::format(" from {}", shown(request.scan().start()));
    if (request.scan().has_end()) text += fmt::format(" to {}", shown(request.scan().end()));
    if (request.scan().reverse()) text += " reverse";
    if (request.scan().has_limit()) text += fmt::format(" limit {}", request.scan().limit());
  }
  if (request.has_scan_next())
    text += fmt::format(" page {} of {:016x}", request.scan_next().page(),
                        request.scan_next().cursor());
  if (request.has_extension()) text += fmt::format(" of kind {}", kind_of(request));
  if (request.has_scan_cancel()) text += fmt::format(" of {:016x}", request.scan_cancel().cursor());
  if (request.hops() != 0) text += fmt::format(" passed on {} times", request.hops());
  if (request.timeout_ms() != 0) text += fmt::format(" within {} ms", request.timeout_ms());
  return text;
}

std::string describe(const Response& response) {
  std::string text = fmt::format("response {} {}", response.id(), name_of(response));
  if (response.has_error())
    text += fmt::format(" {}: {}", name_of(response.error().code()),
                        one_line(response.error().message()));
  if (response.has_get())
    text += fmt::format(" {}",
                        response.get().has_value() ? shown(response.get().value()) : "no such key");
  if (response.has_extension()) text += fmt::format(" of kind {}", response.extension().kind());
  if (response.has_write() && response.write().repeated()) text += " done before";
  if (response.has_page()) {
    text += fmt::format(" of {} entries", response.page().entries_size());
    text += response.page().cursor() == 0
                ? ", the last"
                : fmt::format(", more at {:016x}", response.page().cursor());
  }
  return text;
}

std::string describe(const proto::ClientHello& hello) {
  return fmt::format("hello from {}, versions {} to {}", printable(hello.client()),
                     hello.oldest_version(), hello.newest_version());
}

std::string describe(const proto::ClientProof& proof) {
  return fmt::format("proof of {} bytes", proof.proof().size());
}

std::string describe(const proto::ServerHello& hello) {
  if (hello.has_refusal()) return "refusal: " + one_line(hello.refusal().message());
  return fmt::format("welcome to {}, version {}{}", printable(hello.welcome().cluster_id()),
                     hello.welcome().version(),
                     hello.welcome().wants_proof() ? ", a proof is wanted" : "");
}

class CaptureDump {
 public:
  CaptureDump(std::string_view bytes, std::ostream& out) : in_(as_bytes(bytes)), out_(out) {}

  Result<DumpVerdict> run() {
    const auto magic = in_.bytes(kCaptureMagic.size());
    const auto version = in_.u8();
    if (!magic || !version || *version != kCaptureVersion)
      return unsupported("a capture of another version");
    while (in_.remaining() > 0 && verdict_ == DumpVerdict::kSound) record();
    return verdict_;
  }

 private:
  void record() {
    const std::size_t at = in_.offset();
    const auto time = in_.u64();
    const auto connection = in_.u64();
    const auto direction = in_.u8();
    const auto size = in_.u32();
    const auto frames = size ? in_.bytes(*size) : std::nullopt;
    if (!frames) {
      out_ << fmt::format("TORN at offset {}: the capture ends within a record\n", at);
      verdict_ = DumpVerdict::kTornTail;
      return;
    }
    const auto towards = static_cast<Direction>(*direction);
    FrameDecoder decoder(frames->size());
    decoder.feed(as_text(*frames));
    for (;;) {
      const auto payload = decoder.next();
      if (payload && !*payload) return;
      const auto message =
          payload ? conversations_[*connection].next(towards, **payload) : std::nullopt;
      out_ << fmt::format("{:>12} us  connection {} {} ", *time, *connection,
                          towards == Direction::kToServer ? "->" : "<-");
      if (message) {
        const auto describe_it = [](const auto& kind) { return describe(kind); };
        out_ << fmt::format("{:>5} B  {}\n", (*payload)->size(), std::visit(describe_it, *message));
        continue;
      }
      out_ << fmt::format("DAMAGE at offset {}: no message\n", at);
      verdict_ = DumpVerdict::kDamaged;
      return;
    }
  }

  Decoder in_;
  std::ostream& out_;
  std::map<std::uint64_t, Conversation> conversations_;
  DumpVerdict verdict_ = DumpVerdict::kSound;
};

}  // namespace

void register_dumper() {
  strata::register_dumper(
      {.kind = "wire capture",
       .matches = [](ByteView head) { return as_text(head).starts_with(kCaptureMagic); },
       .dump = [](env::FileSystem& fs, const env::Path& path,
                  std::ostream& out) -> Result<DumpVerdict> {
         STRATA_TRY(const Bytes bytes, env::read_file(fs, path, kMaxCapture));
         return CaptureDump(as_text(bytes), out).run();
       }});
}

}  // namespace strata::net
