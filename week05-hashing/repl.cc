// The shell of week 5: a client of a cluster. Without --connect it starts three servers of its own,
// on Unix sockets, each with a store in a folder of --data.
#include <fmt/format.h>

#include <filesystem>

#include "cluster_verbs/cluster_verbs.h"
#include "net/secret_file.h"
#include "net/server.h"
#include "net_programs/serving.h"
#include "shard/node_process.h"
#include "shell/disk_stage.h"

namespace strata::shard {
namespace {

using shell::OptionValues;

constexpr std::size_t kServers = 3;

// Servers in this process, for a shell without --connect.
class OwnServers {
 public:
  explicit OwnServers(OptionValues values) : values_(std::move(values)) {}

  Result<void> start() {
    std::vector<Server> founders;
    for (std::size_t number = 1; number <= kServers; ++number)
      founders.push_back({.name = name(number), .address = address(number)});
    std::filesystem::create_directories(values_.at("data"));
    for (std::size_t number = 1; number <= kServers; ++number)
      STRATA_TRY(start_one(number, {.founders = founders}));
    return {};
  }
  // One more, under the next number.
  Result<std::string> join() {
    const std::size_t number = members_.size() + 1;
    STRATA_TRY(start_one(number, {.join = address(1)}));
    return name(number);
  }
  std::vector<std::string> addresses() const {
    std::vector<std::string> all;
    for (std::size_t number = 1; number <= members_.size(); ++number)
      all.push_back(address(number));
    return all;
  }
  Result<void> close() {
    for (Member& member : members_) member.server.reset();
    for (Member& member : members_) member.node.reset();
    for (Member& member : members_) STRATA_TRY(member.store->close());
    return {};
  }

 private:
  struct Member {
    std::unique_ptr<Store> store;
    std::unique_ptr<NodeProcess> node;
    std::unique_ptr<net::Server> server;
  };

  static std::string name(std::size_t number) { return fmt::format("n{}", number); }
  std::string address(std::size_t number) const {
    return "unix:" +
           (std::filesystem::path(values_.at("data")) / (name(number) + ".sock")).string();
  }

  Result<void> start_one(std::size_t number, MembershipOptions membership) {
    Member member;
    OptionValues values = values_;
    values["store"] = "week03";
    values["data"] = (std::filesystem::path(values_.at("data")) / name(number)).string();
    STRATA_TRY(member.store, net::open_served_store(values));
    STRATA_TRY(member.node, NodeProcess::start(*member.store,
                                               {.name = name(number),
                                                .address = address(number),
                                                .membership = std::move(membership)},
                                               {}));
    STRATA_TRY(const net::Endpoint endpoint, net::parse_endpoint(address(number)));
    STRATA_TRY(member.server, net::Server::start(member.node->service(), {.listen = {endpoint}}));
    members_.push_back(std::move(member));
    return {};
  }

  const OptionValues values_;
  std::vector<Member> members_;
};

shell::Verb join_verb(OwnServers* own) {
  return {.name = "JOIN",
          .usage = "JOIN",
          .help = "starts one more server of this shell's own, which joins the cluster",
          .run = [own](const shell::Arguments&, shell::Output& out) -> Result<void> {
            if (!own)
              return unsupported("start a server with --join and the address of one of these");
            STRATA_TRY(const std::string name, own->join());
            out.line("OK, " + name + " joins");
            return {};
          }};
}

Result<int> run(const OptionValues& values) {
  ShardedStoreOptions options{.addresses = {}, .splits_batches = values.at("batches") == "split"};
  if (!values.at("connect").empty()) {
    STRATA_TRY(const auto endpoints, net::parse_endpoints(values.at("connect")));
    for (const net::Endpoint& endpoint : endpoints)
      options.addresses.push_back(net::text_of(endpoint));
  }
  options.channel.name = "week05-repl";
  STRATA_TRY(options.channel.identity.secret, net::read_secret(values.at("secret-file")));
  STRATA_TRY(const std::uint64_t timeout, shell::parse_count(values.at("timeout-ms")));
  options.timeout = std::chrono::milliseconds(timeout);
  std::optional<OwnServers> own;
  if (options.addresses.empty()) {
    own.emplace(values);
    STRATA_TRY(own->start());
    options.addresses = own->addresses();
  }
  STRATA_TRY(const auto store, ShardedStore::connect(std::move(options)));
  shell::Shell shell(*store);
  for (shell::Verb& verb : cluster_verbs(*store)) shell.add_verb(std::move(verb));
  shell.add_verb(join_verb(own ? &*own : nullptr));
  STRATA_TRY(const int status,
             shell::run_shell(shell, fmt::format("Strata, week 5: a cluster of {} servers. HELP "
                                                 "lists the commands.",
                                                 store->view()->map.servers.size())));
  STRATA_TRY(store->close());
  if (own) STRATA_TRY(own->close());
  return status;
}

constexpr std::uint64_t kLongestMs = 86'400'000;  // a day

std::vector<shell::Option> options() {
  return {{"connect", "ENDPOINT,...", "", "some servers of a cluster; without it, three of its own",
           shell::accepted_by(net::parse_endpoints)},
          {"secret-file", "FILE", "", "the secret that servers ask for: the first line of FILE"},
          {"timeout-ms", "N", "10000", "how long to try", shell::number_between(1, kLongestMs)},
          {"batches", "whole|split", "whole",
           "a batch whose keys belong to several servers is refused, or done in parts",
           [](std::string_view word) -> Result<void> {
             if (word == "whole" || word == "split") return {};
             return invalid_argument("it is whole or split");
           }},
          shell::data_option("./data/week05"),
          shell::sync_option()};
}

}  // namespace
}  // namespace strata::shard

int main(int argc, char** argv) {
  const strata::shell::Program program{.name = "week05-repl",
                                       .summary = "The shell of week 5: a client of a cluster.",
                                       .example = "week05-repl --connect 127.0.0.1:4501",
                                       .options = strata::shard::options()};
  return strata::shell::run_program(argc, argv, program, &strata::shard::run);
}
