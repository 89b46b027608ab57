#include "net/relay_service.h"

#include <utility>

#include "net/messages.h"

namespace strata::net {

RelayService::RelayService(ClientOptions options, std::string name)
    : name_(std::move(name)), client_(this->options(std::move(options))) {
  Request ping;
  ping.mutable_ping();
  client_.call(std::move(ping), [](const Response&) {});
}

ClientOptions RelayService::options(ClientOptions options) {
  options.retries = false;
  options.channel.welcomed = [this](const proto::Welcome& welcome) {
    durable_ = welcome.durable();
  };
  return options;
}

RelayService::~RelayService() = default;

void RelayService::give_up() { client_.close(name_ + " did not answer in time"); }

void RelayService::handle(Request request, Reply reply) {
  const std::uint64_t id = request.id();
  if (request.has_ping()) return reply(pong(id));  // a ping is about this process
  client_.call(std::move(request), [this, id, reply = std::move(reply)](Response response) mutable {
    response.set_id(id);
    if (response.has_error() && (response.error().code() == proto::Error::UNAVAILABLE ||
                                 response.error().code() == proto::Error::UNKNOWN))
      response.mutable_error()->set_message(name_ + ": " + response.error().message());
    reply(std::move(response));
  });
}

}  // namespace strata::net
