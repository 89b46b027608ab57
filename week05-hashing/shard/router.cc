#include "shard/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "net/messages.h"

namespace strata::shard {
namespace {

using net::Context;
using net::failed;
using net::Reply;
using net::Request;
using net::Response;
using net::proto::Error;

constexpr std::chrono::milliseconds kPause{5};  // while keys change hands
constexpr std::chrono::seconds kLongest{10};    // for a request without a deadline

}  // namespace

env::TimePoint deadline_within(const Context& context, env::TimePoint now) {
  if (context.deadline == env::TimePoint::max()) return now + kLongest;
  return now + (context.deadline - now) * 9 / 10;
}

// A request on its way. It has one holder at a time.
struct Router::Journey {
  Request request;
  Context context;
  Reply reply;
  env::TimePoint deadline;
  std::vector<Point> points;
  std::optional<Route> route;
  std::string last_asked;  // for people
};

void Router::route(Request request, const Context& context, Reply reply) {
  // A write of nothing is everybody's. Most of the rest are this server's own, in a small cluster.
  if (owner_.serve(request, context, reply) == Whose::kMine) return;
  if (!view()) {
    return reply(failed(request.id(), Error::UNAVAILABLE,
                        "this server waits until all servers of the cluster have started"));
  }
  const env::TimePoint deadline = deadline_within(context, executor_.now());
  std::vector<Point> points = points_of(request);
  Context on_its_way = context;
  on_its_way.more = false;  // the flush that was promised may come before it is at its end
  go(std::make_shared<Journey>(std::move(request), on_its_way, std::move(reply), deadline,
                               std::move(points)));
}

void Router::go(std::shared_ptr<Journey> journey) {
  const auto view = this->view();
  if (!journey->route) {
    auto route = Route::to(*view, journey->points);
    if (!route) return journey->reply(failed(journey->request.id(), route.error()));
    journey->route = *std::move(route);
  }
  while (const auto next = journey->route->next()) {
    const Server* server = view->map.find(*next);
    if (server && server->id != self_) return ask(std::move(journey), *server);
    if (server && owner_.serve(journey->request, journey->context, journey->reply) == Whose::kMine)
      return;
    journey->route->refused(*next, std::nullopt);
  }
  wait(std::move(journey));
}

void Router::ask(std::shared_ptr<Journey> journey, const Server& server) {
  Request request = journey->request;
  request.set_addressee(server.id.value());
  request.set_map_epoch(view()->map.epoch);
  request.set_hops(journey->context.hops + 1);
  journey->last_asked = server.name;
  const env::TimePoint deadline = journey->deadline;
  peers_.call(server, std::move(request), deadline,
              [this, journey = std::move(journey), id = server.id](Response response) mutable {
                if (response.error().code() != Error::WRONG_SHARD) {
                  response.set_id(journey->request.id());
                  return journey->reply(std::move(response));
                }
                const auto& wrong = response.error().wrong_shard();
                if (wrong.epoch() > view()->map.epoch) heard_of_(wrong.epoch(), wrong.owner());
                journey->route->refused(id, owner_in(response));
                go(std::move(journey));
              });
}

// Nobody has the keys just now.
void Router::wait(std::shared_ptr<Journey> journey) {
  const env::TimePoint again = executor_.now() + kPause;
  if (again >= journey->deadline)
    return journey->reply(
        failed(journey->request.id(), Error::UNAVAILABLE,
               fmt::format("the key changes hands, and {} did not have it in time",
                           journey->last_asked.empty() ? "its new server" : journey->last_asked)));
  executor_.post([this, again, journey = std::move(journey)]() mutable {
    // The timer is held by its own task.
    auto timer = std::make_shared<env::Timer>();
    *timer = executor_.at(again, [this, timer, journey = std::move(journey)]() mutable {
      journey->route.reset();
      go(std::move(journey));
    });
  });
}

void Router::serve(Request request, const Context& context, Reply reply) {
  const auto view = this->view();
  if (view && request.map_epoch() > view->map.epoch) heard_of_(request.map_epoch(), {});
  switch (owner_.serve(request, context, reply)) {
    case Whose::kMine:
      return;
    case Whose::kOthers:
      return reply(wrong_shard(request.id(), points_of(request)));
    case Whose::kMixed:
      return reply(failed(request.id(), Error::INVALID_ARGUMENT,
                          "the keys of this write belong to several servers, which cannot do it "
                          "as one: write them apart, or mark the batch as not atomic"));
  }
}

Response Router::wrong_shard(std::uint64_t id, const std::vector<Point>& points) const {
  Response response =
      failed(id, Error::WRONG_SHARD, "this server does not have the key, or not any more");
  const auto view = this->view();
  if (!view) return response;
  auto& wrong = *response.mutable_error()->mutable_wrong_shard();
  wrong.set_epoch(view->map.epoch);
  for (const ServerId candidate : view->candidates(points.front()))
    if (candidate != self_) wrong.set_owner(view->map.find(candidate)->address);
  return response;
}

std::optional<ServerId> Router::owner_in(const Response& response) const {
  const std::string& address = response.error().wrong_shard().owner();
  const auto view = this->view();
  for (const Server& server : view->map.everybody())
    if (server.address == address) return server.id;
  return std::nullopt;
}

}  // namespace strata::shard
