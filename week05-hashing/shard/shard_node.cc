#include "shard/shard_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/text.h"
#include "net/messages.h"
#include "shard/key_count.h"
#include "shard/kinds.h"
#include "shard/part_messages.h"

namespace strata::shard {
namespace {

using net::Context;
using net::failed;
using net::Reply;
using net::Request;
using net::Response;
using net::proto::Error;

Response not_made_yet(std::uint64_t id) {
  return failed(id, Error::UNAVAILABLE,
                "this server waits until all servers of the cluster have started");
}

// The answer to a request of a kind of this week: a message, or an error.
template <class Message>
std::move_only_function<void(Result<Message>)> answering(const Request& request, Reply reply) {
  Request asked;
  asked.set_id(request.id());
  asked.mutable_extension()->set_answer(request.extension().answer());
  return [asked = std::move(asked), reply = std::move(reply)](Result<Message> answer) mutable {
    reply(answer ? net::answered(asked, *answer) : failed(asked.id(), answer.error()));
  };
}

// Calls `then` with the message of the request.
template <class Message, class Then>
void with_message(const Request& request, Reply& reply, Then then) {
  Message message;
  if (!net::unpack(request, message))
    return reply(failed(request.id(), Error::INVALID_ARGUMENT, "the message of a request is none"));
  then(std::move(message));
}

}  // namespace

Result<std::unique_ptr<ShardNode>> ShardNode::open(const Parts& parts, ShardNodeOptions options) {
  STRATA_TRY(Records records, read_records(parts.store));
  if (!records.self) {
    STRATA_TRY(const bool used, has_keys(parts.store));
    if (used) return invalid_argument("this store has keys, and was never a server of a cluster");
    records.self = Self{.id = ServerId(parts.entropy.nonzero_bits()), .name = options.name};
    WriteBatch batch;
    add_record(*records.self, batch);
    STRATA_TRY(parts.store.write(batch));
    STRATA_TRY(parts.store.sync());
  }
  if (records.self->name != options.name)
    return invalid_argument(fmt::format("this store is that of the server {}, and not of {}",
                                        records.self->name, options.name));
  Server self{.id = records.self->id,
              .name = options.name,
              .address = options.address,
              .weight = options.weight,
              .zone = options.zone};
  return std::unique_ptr<ShardNode>(
      new ShardNode(parts, std::move(options), std::move(self), records));
}

ShardNode::ShardNode(const Parts& parts, ShardNodeOptions options, Server self,
                     const Records& records)
    : parts_(parts),
      options_(std::move(options)),
      self_(std::move(self)),
      owner_(parts.store, parts.service),
      router_(self_.id, owner_, parts.peers, parts.executor,
              [this](std::uint64_t epoch, const std::string& address) {
                post([this, epoch, address] { membership_.heard_of(epoch, address); });
              }),
      scans_(
          parts.executor, parts.entropy,
          [this](const Server& to, Request request, env::TimePoint deadline, Reply reply) {
            send(to, std::move(request), deadline, std::move(reply));
          },
          options_.scans),
      moves_({.self = self_.id,
              .store = parts.store,
              .service = parts.service,
              .executor = parts.executor,
              .peers = parts.peers,
              .entropy = parts.entropy,
              .limits = options_.moves},
             owner_, records, [this](const MoveName& name) { membership_.took(name); }),
      membership_({.self = self_,
                   .service = parts.service,
                   .executor = parts.executor,
                   .peers = parts.peers,
                   .entropy = parts.entropy},
                  options_.membership, records.map.value_or(ClusterMap()),
                  {.follow = [this](const ClusterMap& map) { follow(map); },
                   .taken = [this] { return moves_.taken(); },
                   .refused = options_.refused,
                   .waits = options_.waits}) {}

ShardNode::~ShardNode() = default;

void ShardNode::start() { membership_.start(); }

// First the own keys: who is told of the new map may ask for them at once.
void ShardNode::follow(const ClusterMap& map) {
  moves_.follow(map);
  router_.follow(map);
  scans_.follow(router_.view());
}

// Runs a task on the executor's thread, unless this node is gone by then.
void ShardNode::post(env::Task task) {
  parts_.executor.post([me = std::weak_ptr(me_), task = std::move(task)]() mutable {
    if (me.lock()) task();
  });
}

void ShardNode::handle(Request request, const Context& context, Reply reply) {
  if (request.addressee() != 0 && request.addressee() != self_.id.value())
    return reply(failed(request.id(), Error::INVALID_ARGUMENT,
                        fmt::format("the request is for another server than {}", self_.name)));
  if (request.has_extension()) return handle_kind(std::move(request), context, std::move(reply));
  if (request.addressee() != 0) return handle_own(std::move(request), context, std::move(reply));
  const env::TimePoint deadline = deadline_within(context, parts_.executor.now());
  switch (request.body_case()) {
    case Request::kGet:
    case Request::kWrite:
      return router_.route(std::move(request), context, std::move(reply));
    case Request::kScan:
      if (!router_.view()) return reply(not_made_yet(request.id()));
      return post(
          [this, deadline, request = std::move(request), reply = std::move(reply)]() mutable {
            scans_.open(request, deadline, std::move(reply));
          });
    case Request::kScanNext:
      return post(
          [this, deadline, request = std::move(request), reply = std::move(reply)]() mutable {
            scans_.next(request, deadline, std::move(reply));
          });
    case Request::kScanCancel:
      return post([this, request = std::move(request), reply = std::move(reply)]() mutable {
        scans_.cancel(request, std::move(reply));
      });
    case Request::kStats:
      return stats(request, context, std::move(reply));
    default:
      return parts_.service.handle(std::move(request), context, std::move(reply));
  }
}

// What is for this server, and is passed on no further.
void ShardNode::handle_own(Request request, const Context& context, Reply reply) {
  if (request.has_get() || request.has_write())
    return router_.serve(std::move(request), context, std::move(reply));
  if (request.has_scan())
    return reply(failed(request.id(), Error::UNSUPPORTED, "a scan of a server says which points"));
  parts_.service.handle(std::move(request), context, std::move(reply));
}

void ShardNode::handle_kind(Request request, const Context& context, Reply reply) {
  switch (net::kind_of(request)) {
    case kScanPart.number:
      return scan_part(std::move(request), context, std::move(reply));
    case kCountKeys.number:
      return count_keys(std::move(request), std::move(reply));
    case kMove.number:
      return move(std::move(request), std::move(reply));
    case kGetMap.number:
      return with_message<proto::GetMap>(request, reply, [&](proto::GetMap message) {
        post([this, message = std::move(message),
              answered = answering<proto::Map>(request, std::move(reply))]() mutable {
          membership_.asked(message, std::move(answered));
        });
      });
    case kEnroll.number:
      return with_message<proto::Enroll>(request, reply, [&](proto::Enroll message) {
        post([this, message = std::move(message),
              answered = answering<proto::Map>(request, std::move(reply))]() mutable {
          membership_.asked(message, std::move(answered));
        });
      });
    case kChange.number:
      return with_message<proto::Change>(request, reply, [&](proto::Change message) {
        post([this, message = std::move(message),
              deadline = deadline_within(context, parts_.executor.now()),
              answered = answering<proto::Map>(request, std::move(reply))]() mutable {
          membership_.asked(message, deadline, std::move(answered));
        });
      });
    case kGetStatus.number:
      return post([this, answered = answering<proto::Status>(request, std::move(reply))]() mutable {
        answered(status());
      });
    case kMoveTaken.number:
      return with_message<proto::MoveTaken>(request, reply, [&](proto::MoveTaken message) {
        post([this, message = std::move(message),
              answered = answering<proto::MoveTakenNoted>(request, std::move(reply))]() mutable {
          membership_.asked(message, std::move(answered));
        });
      });
    default:
      return parts_.service.handle(std::move(request), context, std::move(reply));
  }
}

void ShardNode::scan_part(Request request, const Context& context, Reply reply) {
  with_message<proto::ScanPart>(request, reply, [&](const proto::ScanPart& message) {
    Request scan;
    scan.set_id(request.id());
    if (!net::parse(message.scan(), *scan.mutable_scan()))
      return reply(failed(request.id(), Error::INVALID_ARGUMENT, "a scan that is none"));
    const PointSet points = points_in(message);
    Reply paged = [request, reply = std::move(reply)](Response response) mutable {
      reply(response.has_error() ? std::move(response) : net::answered(request, response.page()));
    };
    if (!owner_.scan(points, scan, context, paged))
      paged(failed(request.id(), Error::WRONG_SHARD, "this server does not have all these keys"));
  });
}

void ShardNode::count_keys(Request request, Reply reply) {
  with_message<proto::CountKeys>(request, reply, [&](const proto::CountKeys& message) {
    const std::uint64_t id = request.id();
    auto shared = std::make_shared<Reply>(std::move(reply));
    const bool mine =
        owner_.count(points_in(message), [shared, request](const Result<std::uint64_t>& keys) {
          if (!keys) return (*shared)(failed(request.id(), keys.error()));
          proto::KeyCount count;
          count.set_keys(*keys);
          (*shared)(net::answered(request, count));
        });
    if (!mine)
      (*shared)(failed(id, Error::WRONG_SHARD, "this server does not have all these keys"));
  });
}

void ShardNode::move(Request request, Reply reply) {
  with_message<proto::MoveRequest>(request, reply, [&](const proto::MoveRequest& message) {
    if (message.kind() < proto::MoveRequest::BEGIN || message.kind() > proto::MoveRequest::RELEASE)
      return reply(failed(request.id(), Error::INVALID_ARGUMENT, "a move knows no such request"));
    const MoveName name{message.epoch(), ServerId(message.from()), ServerId(message.to())};
    const MoveRequest asked{.kind = static_cast<Ask>(message.kind()),
                            .attempt = message.attempt(),
                            .life = message.life(),
                            .after_key = message.after_key(),
                            .after_number = message.after_number()};
    post([this, name, asked, request, reply = std::move(reply)]() mutable {
      moves_.asked(
          name, asked,
          [request = std::move(request), reply = std::move(reply)](
              const proto::MoveAnswer& answer) mutable { reply(net::answered(request, answer)); });
    });
  });
}

proto::Status ShardNode::status() const {
  proto::Status status;
  status.set_name(self_.name);
  const ClusterMap& map = membership_.map();
  status.set_epoch(map.epoch);
  const auto name_of = [&map](ServerId id) {
    const Server* server = map.find(id);
    return server ? server->name : "?";
  };
  status.set_keeper(name_of(map.keeper));
  for (const MoveProgress& move : moves_.progress()) {
    proto::MoveStatus& out = *status.add_moves();
    out.set_from(name_of(move.name.from));
    out.set_to(name_of(move.name.to));
    out.set_stage(move.stage);
    out.set_entries(move.entries);
    out.set_bytes(move.bytes);
  }
  return status;
}

// The store's own figures, behind those of the cluster.
void ShardNode::stats(const Request& request, const Context& context, Reply reply) {
  const bool without_keys = request.stats().without_keys();
  const auto view = router_.view();
  if (!without_keys && !view) return reply(not_made_yet(request.id()));
  const auto answer = [this, context, id = request.id(), view](std::vector<Stat> first, Reply to) {
    if (view) {
      first.push_back({"cluster_epoch", view->map.epoch});
      first.push_back({"cluster_servers", std::uint64_t{view->map.servers.size()}});
      first.push_back({"owned_share", view->before.owned_by(self_.id).share()});
    }
    Request own;
    own.set_id(id);
    own.mutable_stats()->set_without_keys(true);
    parts_.service.handle(
        std::move(own), context,
        [first = std::move(first), to = std::move(to)](Response response) mutable {
          if (response.has_error()) return to(std::move(response));
          net::proto::StatsResult all;
          net::stats_to(first, all);
          all.MergeFrom(response.stats());
          *response.mutable_stats() = std::move(all);
          to(std::move(response));
        });
  };
  if (without_keys) return answer({}, std::move(reply));
  post([this, view, answer, deadline = deadline_within(context, parts_.executor.now()),
        id = request.id(), reply = std::move(reply)]() mutable {
    shard::count_keys(
        view, parts_.executor,
        [this](const Server& to, Request part, env::TimePoint part_deadline, Reply counted) {
          send(to, std::move(part), part_deadline, std::move(counted));
        },
        deadline,
        [answer, id, reply = std::move(reply)](Result<std::uint64_t> keys) mutable {
          if (!keys) return reply(failed(id, keys.error()));
          answer({{"num_keys", *keys}}, std::move(reply));
        });
  });
}

void ShardNode::send(const Server& to, Request request, env::TimePoint deadline, Reply reply) {
  if (to.id == self_.id)
    return handle(std::move(request), {.deadline = deadline}, std::move(reply));
  parts_.peers.call(to, std::move(request), deadline, std::move(reply));
}

void ShardNode::housekeep() {
  parts_.service.housekeep();
  post([this] { scans_.housekeep(); });
}

void ShardNode::check_invariants() const {
  parts_.service.check_invariants();
  moves_.check_invariants();
  scans_.check_invariants();
}

}  // namespace strata::shard
