// Serves a stage's store over TCP, over a Unix socket, or both, in one process.
#include "net_programs/serving.h"

namespace strata::net {
namespace {

Result<int> run(const shell::OptionValues& values) {
  ServerOptions options;
  STRATA_TRY(options.listen, parse_endpoints(values.at("listen")));
  return serve_store(values, std::move(options));
}

std::vector<shell::Option> options() {
  std::vector<shell::Option> all = store_options("./data/week04");
  all.push_back(listen_option("127.0.0.1:4400"));
  return with_serving_options(std::move(all));
}

}  // namespace
}  // namespace strata::net

int main(int argc, char** argv) {
  const strata::shell::Program program{
      .name = "week04-server",
      .summary = "Serves a store to the network.",
      .example = "week04-server --data /tmp/mine --listen 127.0.0.1:4400,unix:/tmp/mine.sock",
      .options = strata::net::options()};
  return strata::shell::run_program(argc, argv, program, &strata::net::run);
}
