#include "net/relay_service.h"

#include <chrono>
#include <utility>

#include "net/messages.h"
#include "net/store_service.h"

namespace strata::net {

RelayService::RelayService(ClientOptions options, std::string name)
    : name_(std::move(name)),
      clock_(*options.channel.clock),
      limits_(limits_of(StoreServiceOptions())),
      client_(this->options(std::move(options))) {
  Request ping;
  ping.mutable_ping();
  client_.call(std::move(ping), [](const Response&) {});
}

ClientOptions RelayService::options(ClientOptions options) {
  options.retries = false;
  options.channel.welcomed = [this](const proto::Welcome& welcome) {
    const std::lock_guard lock(mutex_);
    durable_ = welcome.durable();
    limits_ = welcome.limits();
  };
  return options;
}

bool RelayService::durable() const {
  const std::lock_guard lock(mutex_);
  return durable_;
}

proto::Limits RelayService::limits() const {
  const std::lock_guard lock(mutex_);
  return limits_;
}

RelayService::~RelayService() = default;

void RelayService::give_up() { client_.close(name_ + " did not answer in time"); }

void RelayService::handle(Request request, const Context& context, Reply reply) {
  const std::uint64_t id = request.id();
  if (request.has_ping()) return reply(pong(id));  // a ping is about this process
  request.set_hops(context.hops + 1);
  if (context.deadline != env::TimePoint::max()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(context.deadline - clock_.now());
    if (left.count() <= 0)
      return reply(failed(id, proto::Error::DEADLINE, "the time was over before it was passed on"));
    request.set_timeout_ms(static_cast<std::uint32_t>(left.count()));
  }
  client_.call(std::move(request), [this, id, reply = std::move(reply)](Response response) mutable {
    response.set_id(id);
    if (response.has_error() && (response.error().code() == proto::Error::UNAVAILABLE ||
                                 response.error().code() == proto::Error::UNKNOWN))
      response.mutable_error()->set_message(name_ + ": " + response.error().message());
    reply(std::move(response));
  });
}

}  // namespace strata::net
