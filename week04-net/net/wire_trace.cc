#include "net/wire_trace.h"

#include "base/text.h"
#include "net/frame.h"
#include "net/messages.h"

namespace strata::net {
namespace {

constexpr std::size_t kShownKey = 40;

// The key of a request; empty if the request has none, or several.
std::string key_of(const Request& request) {
  std::string_view key;
  if (request.has_get()) key = request.get().key();
  if (request.has_write() && request.write().operations_size() == 1)
    key = request.write().operations(0).key();
  if (request.has_scan()) key = request.scan().start();
  return printable(key.substr(0, kShownKey));
}

std::uint64_t operations_of(const Request& request) {
  return request.has_write() ? static_cast<std::uint64_t>(request.write().operations_size()) : 0;
}

}  // namespace

void WireTrace::connected(std::uint64_t connection) {
  trace_.event("connected", {{"connection", connection}});
}

void WireTrace::closed(std::uint64_t connection) {
  {
    const std::lock_guard lock(mutex_);
    conversations_.erase(connection);
  }
  trace_.event("closed", {{"connection", connection}});
}

void WireTrace::frames(std::uint64_t connection, Direction direction, std::string_view frames) {
  const std::lock_guard lock(mutex_);
  Conversation& conversation = conversations_[connection];
  FrameDecoder decoder(frames.size());
  decoder.feed(frames);
  for (auto payload = decoder.next(); payload && *payload; payload = decoder.next())
    if (const auto message = conversation.next(direction, **payload))
      std::visit([&](const auto& kind) { event(connection, kind, (*payload)->size()); }, *message);
}

void WireTrace::event(std::uint64_t connection, const proto::ClientHello& hello, std::size_t) {
  trace_.event("hello", {{"connection", connection}, {"client", std::string_view(hello.client())}});
}

void WireTrace::event(std::uint64_t connection, const proto::ClientProof&, std::size_t) {
  trace_.event("proof", {{"connection", connection}});
}

void WireTrace::event(std::uint64_t connection, const proto::ServerHello& hello, std::size_t) {
  trace_.event(hello.has_welcome() ? "welcome" : "refusal",
               {{"connection", connection}, {"why", std::string_view(hello.refusal().message())}});
}

void WireTrace::event(std::uint64_t connection, const Request& request, std::size_t size) {
  const std::string key = key_of(request);
  trace_.event("request", {{"connection", connection},
                           {"id", request.id()},
                           {"kind", name_of(request)},
                           {"key", std::string_view(key)},
                           {"operations", operations_of(request)},
                           {"size", size}});
}

void WireTrace::event(std::uint64_t connection, const Response& response, std::size_t size) {
  const std::string_view error =
      response.has_error() ? name_of(response.error().code()) : std::string_view();
  trace_.event("response", {{"connection", connection},
                            {"id", response.id()},
                            {"kind", name_of(response)},
                            {"error", error},
                            {"size", size}});
}

}  // namespace strata::net
