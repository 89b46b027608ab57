// The process that owns the disk: serves a store on a Unix socket, to a coordinator on the same
// machine and to nobody else.
#include "net_programs/serving.h"

namespace strata::net {
namespace {

Result<int> run(const shell::OptionValues& values) {
  ServerOptions options;
  options.role = "storage";
  options.listen = {UnixEndpoint{values.at("socket")}};
  options.limits.clients = std::nullopt;  // its coordinator writes for all of them
  return serve_store(values, std::move(options));
}

std::vector<shell::Option> options() {
  std::vector<shell::Option> all = store_options("./data/week04");
  all.push_back({"socket", "PATH", "./data/week04.sock", "where the coordinator finds it",
                 [](std::string_view path) -> Result<void> {
                   STRATA_TRY(parse_endpoint("unix:" + std::string(path)));
                   return {};
                 }});
  return with_serving_options(std::move(all));
}

}  // namespace
}  // namespace strata::net

int main(int argc, char** argv) {
  const strata::shell::Program program{
      .name = "week04-storage",
      .summary = "Serves a store on a Unix socket, to the coordinator beside it.",
      .example = "week04-storage --data /tmp/mine --socket /tmp/mine.sock",
      .options = strata::net::options()};
  return strata::shell::run_program(argc, argv, program, &strata::net::run);
}
