#include "cluster_verbs/cluster_verbs.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"
#include "shard/kinds.h"
#include "shard/shard.pb.h"
#include "shell/disk_stage.h"

namespace strata::shard {
namespace {

using shell::Arguments;
using shell::Output;
using shell::Verb;

constexpr std::size_t kStrip = 64;  // characters for the whole circle
constexpr double kPercent = 100;

std::string percent(double share) { return fmt::format("{:.1f} %", share * kPercent); }

// A letter for each 64th of the circle: whose virtual node owns its middle.
std::string strip_of(const Ring& ring, const Servers& servers) {
  std::string strip;
  constexpr Point kStep = hashing::kLastPoint / kStrip;
  for (std::size_t i = 0; i < kStrip; ++i) {
    const ServerId owner = ring.owner(i * kStep + kStep / 2);
    const auto at = std::ranges::find(servers, owner, &Server::id);
    strip += static_cast<char>('A' + (at - servers.begin()) % 26);
  }
  return strip;
}

Result<void> ring(ShardedStore& store, Output& out) {
  STRATA_TRY(store.learn());
  const auto view = store.view();
  const ClusterMap& map = view->map;
  out.line(fmt::format("epoch {}, {} servers{}", map.epoch, map.servers.size(),
                       map.next ? ", keys are moving" : ""));
  for (std::size_t i = 0; i < map.servers.size(); ++i) {
    const Server& server = map.servers[i];
    out.line(fmt::format("{}  {}  {:>7} of the keys, weight {}, at {}{}",
                         static_cast<char>('A' + i % 26), server.name,
                         percent(view->before.owned_by(server.id).share()), server.weight,
                         server.address, server.id == map.keeper ? ", the keeper" : ""));
  }
  out.line("the circle, a letter for each 64th of it:");
  out.line(strip_of(view->before, map.servers));
  return {};
}

Result<void> owner(ShardedStore& store, std::string_view key, Output& out) {
  STRATA_TRY(store.learn());
  const auto view = store.view();
  const Point point = hashing::point_of(key);
  std::string names;
  for (const ServerId id : view->candidates(point)) {
    const Server& server = *view->map.find(id);
    names += fmt::format("{}{} at {}", names.empty() ? "" : ", on its way to ", server.name,
                         server.address);
  }
  out.line(fmt::format("{} is at {:016x}, and belongs to {}", printable(key), point, names));
  return {};
}

Result<proto::Status> status_of(ShardedStore& store, const Server& server) {
  STRATA_TRY(const net::Response response,
             store.ask_at(server.address, net::extend(kGetStatus, proto::GetStatus())));
  proto::Status status;
  if (!net::unpack(response, status)) return unavailable("it answers with something else");
  return status;
}

Result<void> status(ShardedStore& store, Output& out) {
  STRATA_TRY(store.learn());
  const auto view = store.view();
  for (const Server& server : view->map.everybody()) {
    const auto status = status_of(store, server);
    if (!status) {
      out.line(fmt::format("{}: {}", server.name, status.error().message));
      continue;
    }
    out.line(fmt::format("{}: up, epoch {}, keeper {}, {} moves", server.name, status->epoch(),
                         status->keeper(), status->moves_size()));
  }
  return {};
}

Result<void> moves(ShardedStore& store, Output& out) {
  STRATA_TRY(store.learn());
  const auto view = store.view();
  std::size_t count = 0;
  for (const Server& server : view->map.everybody()) {
    const auto status = status_of(store, server);
    if (!status) continue;
    for (const proto::MoveStatus& move : status->moves()) {
      out.line(fmt::format("at {}: from {} to {}, {}, {} entries, {} bytes", server.name,
                           move.from(), move.to(), move.stage(), move.entries(), move.bytes()));
      ++count;
    }
  }
  if (count == 0) out.line("(no keys are moving)");
  return {};
}

Result<void> change(ShardedStore& store, proto::Change change, Output& out) {
  change.set_cluster(store.view()->map.cluster);
  STRATA_TRY(const net::Response response, store.ask_any(net::extend(kChange, change)));
  proto::Map map;
  if (!net::unpack(response, map)) return unavailable("the keeper answers with something else");
  out.line(fmt::format("OK, epoch {}{}", map.epoch(),
                       map.changing() ? ": keys begin to move, see MOVES" : ""));
  return {};
}

Verb verb(const std::string& name, const std::string& operands, std::string help,
          std::function<Result<void>(const Arguments&, Output&)> run) {
  const auto count = static_cast<std::size_t>(std::ranges::count(operands, '<'));
  return {.name = name,
          .usage = name + (operands.empty() ? "" : " " + operands),
          .help = std::move(help),
          .min_arguments = count,
          .max_arguments = count,
          .rest = {},
          .run = std::move(run)};
}

}  // namespace

std::vector<Verb> cluster_verbs(ShardedStore& store) {
  const auto show_owner = [&store](const Arguments& arguments, Output& out) {
    return owner(store, arguments[0].text, out);
  };
  return {
      verb("RING", "", "shows which server has which part of the keys",
           [&store](const Arguments&, Output& out) { return ring(store, out); }),
      verb("OWNER", "<key>", "says which server a key belongs to", show_owner),
      verb("WHO", "<key>", "the same", show_owner),
      verb("STATUS", "", "asks each server how it is",
           [&store](const Arguments&, Output& out) { return status(store, out); }),
      verb("MOVES", "", "shows the keys that are on their way",
           [&store](const Arguments&, Output& out) { return moves(store, out); }),
      verb("LEAVE", "<server>", "moves its keys to the others, and takes it out of the cluster",
           [&store](const Arguments& arguments, Output& out) {
             proto::Change leave;
             leave.set_leave(arguments[0].text);
             return change(store, std::move(leave), out);
           }),
      verb("WEIGHT", "<server> <n>", "gives it n times as many keys as a server with 1",
           [&store](const Arguments& arguments, Output& out) -> Result<void> {
             proto::Change weight;
             weight.mutable_weight()->set_name(arguments[0].text);
             STRATA_TRY(const std::uint64_t number, shell::parse_count(arguments[1].text));
             weight.mutable_weight()->set_weight(
                 static_cast<std::uint32_t>(std::min<std::uint64_t>(number, UINT32_MAX)));
             return change(store, std::move(weight), out);
           }),
      verb("KEEPER", "<server>", "lets that server change the map from now on",
           [&store](const Arguments& arguments, Output& out) {
             proto::Change keeper;
             keeper.set_keeper(arguments[0].text);
             return change(store, std::move(keeper), out);
           }),
  };
}

}  // namespace strata::shard
