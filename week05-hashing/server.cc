// Serves one server's part of the keys of a cluster, and answers for all of them.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <optional>
#include <utility>

#include "net/secret_file.h"
#include "net_programs/serving.h"
#include "shard/node_process.h"
#include "shell/disk_stage.h"

namespace strata::shard {
namespace {

using shell::OptionValues;

// "n1=127.0.0.1:4501,n2=…"
Result<std::vector<Server>> parse_peers(std::string_view list) {
  std::vector<Server> servers;
  while (!list.empty()) {
    const std::string_view one = list.substr(0, std::min(list.find(','), list.size()));
    list.remove_prefix(std::min(one.size() + 1, list.size()));
    const std::size_t equals = one.find('=');
    if (equals == std::string_view::npos || equals == 0)
      return invalid_argument("a list of servers is n1=HOST:PORT,n2=HOST:PORT and so on");
    STRATA_TRY(net::parse_endpoint(one.substr(equals + 1)));
    servers.push_back({.name = std::string(one.substr(0, equals)),
                       .address = std::string(one.substr(equals + 1))});
  }
  return servers;
}

Result<ShardNodeOptions> node_options(const OptionValues& values,
                                      const std::vector<net::Endpoint>& listen) {
  ShardNodeOptions options{.name = values.at("node"), .address = values.at("advertise")};
  if (options.address.empty()) options.address = net::text_of(listen.front());
  STRATA_TRY(const std::uint64_t weight, shell::parse_count(values.at("weight")));
  options.weight = static_cast<std::uint32_t>(weight);
  options.zone = values.at("zone");
  STRATA_TRY(options.membership.founders, parse_peers(values.at("peers")));
  options.membership.alone = values.at("bootstrap") == "yes";
  options.membership.join = values.at("join");
  STRATA_TRY(const std::uint64_t mib, shell::parse_count(values.at("move-mib-s")));
  options.moves.bytes_a_second = mib << 20;
  if (options.membership.join == options.address)
    return invalid_argument("a server cannot join itself: --join takes the address of another one");
  const int ways = static_cast<int>(options.membership.alone) +
                   static_cast<int>(!options.membership.join.empty()) +
                   static_cast<int>(!options.membership.founders.empty());
  if (ways > 1)
    return invalid_argument("--bootstrap, --peers and --join exclude each other: say one of them");
  if (options.membership.founders.empty()) return options;
  const auto is_me = [&](const Server& server) { return server.name == options.name; };
  if (std::ranges::none_of(options.membership.founders, is_me))
    return invalid_argument("--peers must name " + options.name + ", too");
  return options;
}

Result<std::unique_ptr<Store>> open_store(const OptionValues& values) {
  OptionValues as_stage = values;
  as_stage["store"] = values.at("engine") == "lsm" ? "week03" : "memory";
  return net::open_served_store(as_stage);
}

Result<int> run(const OptionValues& values) {
  net::ServerOptions server{.role = "server"};
  STRATA_TRY(server.listen, net::parse_endpoints(values.at("listen")));
  STRATA_TRY(ShardNodeOptions options, node_options(values, server.listen));
  // It cannot become a member: the process ends, and says why.
  std::optional<Error> refused;
  options.refused = [&refused](const Error& error) {
    if (!std::exchange(refused, error)) ::kill(::getpid(), SIGTERM);
  };
  options.waits = [name = options.name](const Error& error) {
    fmt::print(stderr, "week05-server: {} is no member yet, and tries again: {}\n", name,
               error.message);
  };
  net::Identity identity{.cluster_id = values.at("cluster"), .secret = {}};
  STRATA_TRY(identity.secret, net::read_secret(values.at("secret-file")));
  STRATA_TRY(const auto store, open_store(values));
  STRATA_TRY(auto node, NodeProcess::start(*store, std::move(options), std::move(identity)));
  STRATA_TRY(const int status, net::serve(node->service(), values, std::move(server)));
  node.reset();
  STRATA_TRY(store->close());
  if (refused) return *refused;
  return status;
}

std::vector<shell::Option> options() {
  std::vector<shell::Option> own = {
      {"node", "NAME", "", "the name of this server: no two of a cluster have the same"},
      net::listen_option("127.0.0.1:4500"),
      {"advertise", "ENDPOINT", "", "where others reach it; without it, the first of --listen"},
      {"peers", "NAME=ENDPOINT,...", "",
       "makes a cluster of these, with itself among them; all of them are given the same list",
       shell::accepted_by(parse_peers)},
      {"bootstrap", "yes|no", "no", "makes a cluster of itself alone",
       [](std::string_view word) -> Result<void> {
         if (word == "yes" || word == "no") return {};
         return invalid_argument("it is yes or no");
       }},
      {"join", "ENDPOINT", "", "joins the cluster of the server there",
       shell::accepted_by(net::parse_endpoint)},
      {"weight", "N", "1", "it has N times as many keys as a server with 1",
       shell::number_between(1, kHighestWeight)},
      {"zone", "NAME", "", "what fails together with it, such as a rack"},
      {"engine", "lsm|memory", "lsm", "what stores its keys",
       [](std::string_view word) -> Result<void> {
         if (word == "lsm" || word == "memory") return {};
         return invalid_argument("this week has the engines lsm and memory");
       }},
      {"move-mib-s", "N", "64", "keys move to it at up to N MiB a second from each server",
       shell::number_between(1, 100'000)},
      shell::data_option("./data/week05"),
      shell::sync_option()};
  return net::with_serving_options(std::move(own));
}

}  // namespace
}  // namespace strata::shard

int main(int argc, char** argv) {
  const strata::shell::Program program{
      .name = "week05-server",
      .summary = "One server of a cluster that splits the keys.",
      .example = "week05-server --node n1 --bootstrap yes --data /tmp/n1 --listen 127.0.0.1:4501",
      .options = strata::shard::options()};
  return strata::shell::run_program(argc, argv, program, &strata::shard::run);
}
