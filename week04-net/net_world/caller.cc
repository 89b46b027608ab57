#include "net_world/caller.h"

#include <utility>

namespace strata::world {
namespace {

constexpr std::uint64_t kMostConnections = 1'000'000;  // of one caller

}  // namespace

Caller::Caller(Shared& shared, Node& node, std::uint64_t number)
    : shared_(shared),
      node_(node),
      number_(number),
      random_(shared.stream(kCallers, number)),
      tokens_(shared.entropy.nonzero_bits()) {
  for (const char* kind : {"connection lost", "tried again"}) shared_.probes.expect(kind);
}

void Caller::call(net::Request request, env::TimePoint deadline, net::Reply reply) {
  attempt(std::make_shared<Call>(std::move(request), deadline, std::move(reply)));
}

void Caller::cut() {
  if (connection_) connection_->cut();
}

void Caller::attempt(const std::shared_ptr<Call>& call) {
  if (!connection_ || connection_->is_closed()) {
    connection_ = std::make_shared<Connection>(shared_, node_, link_,
                                               number_ * kMostConnections + ++connections_);
    connection_->start();
  }
  const auto connection = connection_;
  connection->call(call->request, call->deadline,
                   [this, call](net::Response response) { answered(call, std::move(response)); });
}

void Caller::answered(const std::shared_ptr<Call>& call, net::Response response) {
  if (call->attempts.may_retry(call->request, response)) {
    const env::TimePoint again = shared_.now() + call->attempts.backoff(random_);
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
