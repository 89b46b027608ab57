#include "net_world/caller.h"

#include <fmt/format.h>

#include <utility>

namespace strata::world {
namespace {

constexpr std::uint64_t kMostConnections = 1'000'000;  // of one caller

}  // namespace

Caller::Caller(Shared& shared, Node& node, std::uint64_t number)
    : shared_(shared),
      node_(node),
      link_{.number = number, .client = fmt::format("c{}", number)},
      tokens_(shared.root.split(kCallers).split(number).next() | 1) {
  for (const char* kind : {"connection lost", "connection doubled", "tried again"})
    shared_.probes.expect(kind);
  shared_.observer.lane(link_.client, "client");
}

void Caller::call(net::Request request, env::TimePoint deadline, net::Reply reply) {
  attempt(std::make_shared<Call>(std::move(request), deadline, std::move(reply)));
}

void Caller::cut() {
  if (connection_) connection_->cut();
}

void Caller::abandon(std::chrono::nanoseconds time) {
  if (connection_) connection_->abandon(time);
}

void Caller::attempt(const std::shared_ptr<Call>& call) {
  if (!connection_ || connection_->is_closed()) {
    connection_ = std::make_shared<Connection>(shared_, node_, link_,
                                               link_.number * kMostConnections + ++connections_);
    connection_->start();
  }
  const auto connection = connection_;
  connection->call(call->request, call->deadline,
                   [this, call](net::Response response) { answered(call, std::move(response)); });
}

void Caller::answered(const std::shared_ptr<Call>& call, net::Response response) {
  if (call->attempts.may_retry(call->request, response)) {
    env::Random random = shared_.draw(kCallers, link_.number);
    const env::TimePoint again = shared_.now() + call->attempts.backoff(random);
    if (again < call->deadline) {
      shared_.probes.hit("tried again");
      shared_.queue.add(again, this, [this, call] { attempt(call); });
      return;
    }
  }
  response = call->attempts.last(std::move(response));
  shared_.note("answer", response.SerializeAsString());
  call->reply(std::move(response));
}

}  // namespace strata::world
