#include "net_world/message_names.h"

#include <fmt/format.h>

#include <variant>

#include "base/text.h"
#include "net/messages.h"

namespace strata::world {
namespace {

std::string name(const net::proto::ClientHello&) { return "hello"; }
std::string name(const net::proto::ClientProof&) { return "proof"; }
std::string name(const net::proto::ServerHello& hello) {
  return hello.has_welcome() ? "welcome" : "refusal";
}

std::string name(const net::Request& request) {
  if (request.has_get()) return fmt::format("get {}", printable(request.get().key()));
  if (!request.has_write()) return std::string(net::name_of(request));
  std::string text;
  for (const net::proto::Operation& operation : request.write().operations())
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ",
                        operation.kind() == net::proto::Operation::PUT ? "put" : "delete",
                        printable(operation.key()));
  if (request.write().conditions_size() > 0) text += " on a condition";
  if (request.write().has_token())
    text += fmt::format(", token {}", request.write().token().sequence());
  return text;
}

std::string name(const net::Response& response) {
  if (response.has_error()) return std::string(net::name_of(response.error().code()));
  if (response.has_write()) return response.write().repeated() ? "done before" : "done";
  if (response.has_get()) return response.get().has_value() ? "a value" : "no value";
  return std::string(net::name_of(response));
}

}  // namespace

std::string MessageNames::next(net::Direction direction, std::string_view bytes) {
  net::FrameDecoder& decoder = direction == net::Direction::kToServer ? to_server_ : to_client_;
  std::string text;
  decoder.feed(bytes);
  for (auto payload = decoder.next(); payload && *payload; payload = decoder.next())
    if (const auto message = conversation_.next(direction, **payload))
      text += (text.empty() ? "" : "; ") +
              std::visit([](const auto& kind) { return name(kind); }, *message);
  return text.empty() ? "a part" : text;
}

}  // namespace strata::world
