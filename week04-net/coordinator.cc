// The process that owns the network: listens on TCP and passes requests on to the storage process.
// Each of the two can be killed and started again while the other keeps running.
#include "net/relay_service.h"
#include "net/secret_file.h"
#include "net_programs/serving.h"

namespace strata::net {
namespace {

Result<int> run(const shell::OptionValues& values) {
  ServerOptions options{.role = "coordinator"};
  STRATA_TRY(options.listen, parse_endpoints(values.at("listen")));
  STRATA_TRY(const Endpoint storage, parse_endpoint(values.at("storage")));
  ClientOptions client{.channel = {.endpoint = storage}};
  client.channel.name = "week04-coordinator";
  client.channel.identity.cluster_id = values.at("storage-cluster");
  STRATA_TRY(client.channel.identity.secret, read_secret(values.at("storage-secret-file")));
  RelayService relay(std::move(client), "the storage process");
  return serve(relay, values, std::move(options));
}

std::vector<shell::Option> options() {
  return with_serving_options(
      {{"storage", "ENDPOINT", "unix:./data/week04.sock", "where the storage process listens",
        shell::accepted_by(parse_endpoint)},
       {"storage-secret-file", "FILE", "",
        "a secret that the storage process must know, and asks for: the first line of FILE"},
       {"storage-cluster", "NAME", "", "what the storage process must serve (default: anything)"},
       listen_option("127.0.0.1:4400")});
}

}  // namespace
}  // namespace strata::net

int main(int argc, char** argv) {
  const strata::shell::Program program{
      .name = "week04-coordinator",
      .summary = "Listens on TCP and passes requests on to the storage process beside it.",
      .example = "week04-coordinator --storage unix:/tmp/mine.sock --listen 127.0.0.1:4400",
      .options = strata::net::options()};
  return strata::shell::run_program(argc, argv, program, &strata::net::run);
}
