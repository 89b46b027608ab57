#include "net/wire_trace.h"

#include "base/text.h"
#include "net/frame.h"
#include "net/messages.h"
#include "net/service.h"

namespace strata::net {
namespace {

constexpr std::size_t kShownKey = 40;

// The key that a request is about; empty if it is about none, or several.
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
    handshakes_.erase(connection);
  }
  trace_.event("closed", {{"connection", connection}});
}

void WireTrace::frames(std::uint64_t connection, Direction direction, std::string_view frames) {
  const std::lock_guard lock(mutex_);
  Handshake& handshake = handshakes_[connection];
  FrameDecoder decoder(frames.size());
  decoder.feed(frames);
  for (auto payload = decoder.next(); payload && *payload; payload = decoder.next())
    if (direction == Direction::kToServer)
      to_server(connection, handshake, **payload);
    else
      to_client(connection, handshake, **payload);
}

void WireTrace::to_server(std::uint64_t connection, Handshake& handshake,
                          std::string_view payload) {
  if (!handshake.hello) {
    handshake.hello = true;
    proto::ClientHello hello;
    if (!parse(payload, hello)) return;
    trace_.event("hello",
                 {{"connection", connection}, {"client", std::string_view(hello.client())}});
    return;
  }
  if (handshake.proof_wanted) {
    handshake.proof_wanted = false;
    trace_.event("proof", {{"connection", connection}});
    return;
  }
  Request request;
  if (!parse(payload, request)) return;
  const std::string key = key_of(request);
  trace_.event("request", {{"connection", connection},
                           {"id", request.id()},
                           {"kind", name_of(request)},
                           {"key", std::string_view(key)},
                           {"operations", operations_of(request)},
                           {"size", payload.size()}});
}

void WireTrace::to_client(std::uint64_t connection, Handshake& handshake,
                          std::string_view payload) {
  if (!handshake.welcome) {
    handshake.welcome = true;
    proto::ServerHello hello;
    if (!parse(payload, hello)) return;
    handshake.proof_wanted = hello.welcome().wants_proof();
    trace_.event(
        hello.has_welcome() ? "welcome" : "refusal",
        {{"connection", connection}, {"why", std::string_view(hello.refusal().message())}});
    return;
  }
  Response response;
  if (!parse(payload, response)) return;
  const std::string_view error =
      response.has_error() ? name_of(response.error().code()) : std::string_view();
  trace_.event("response", {{"connection", connection},
                            {"id", response.id()},
                            {"kind", name_of(response)},
                            {"error", error},
                            {"size", payload.size()}});
}

}  // namespace strata::net
