// The shell of week 4: a client of a server. Besides the verbs of every shell it has CAS, CREATE
// and PING. Without --connect it starts a server for a store of its own, on a Unix socket.
#include <fmt/format.h>

#include <filesystem>

#include "net/remote_store.h"
#include "net/secret_file.h"
#include "net/server.h"
#include "net/store_service.h"
#include "net_programs/serving.h"
#include "shell/disk_stage.h"

namespace strata::net {
namespace {

using shell::Arguments;
using shell::Output;
using shell::Verb;

// `CAS key expected value`; and `CREATE key value`, which expects that the key does not exist.
Result<void> write_if(RemoteStore& store, std::string_view key, std::optional<std::string> expected,
                      std::string_view value, Output& out) {
  WriteBatch batch;
  batch.put(key, value);
  STRATA_TRY(
      store.write_if(std::vector<Condition>{{std::string(key), std::move(expected)}}, batch));
  out.line("OK");
  return {};
}

std::vector<Verb> verbs(RemoteStore& store) {
  return {{.name = "CAS",
           .usage = "CAS <key> <expected> <value>",
           .help = "stores the value if the key has the expected one, and says so if it has not",
           .min_arguments = 3,
           .max_arguments = 3,
           .rest = 2,
           .run =
               [&store](const Arguments& arguments, Output& out) {
                 return write_if(store, arguments[0].text, std::string(arguments[1].text),
                                 arguments[2].text, out);
               }},
          {.name = "CREATE",
           .usage = "CREATE <key> <value>",
           .help = "stores the value if there is no such key",
           .min_arguments = 2,
           .max_arguments = 2,
           .rest = 1,
           .run =
               [&store](const Arguments& arguments, Output& out) {
                 return write_if(store, arguments[0].text, std::nullopt, arguments[1].text, out);
               }},
          {.name = "PING",
           .usage = "PING",
           .help = "says how long an answer takes",
           .run = [&store](const Arguments&, Output& out) -> Result<void> {
             STRATA_TRY(const auto time, store.ping());
             out.line(fmt::format("PONG after {} us", time.count() / 1000));
             return {};
           }}};
}

// A store and its server, for a shell without --connect.
class OwnServer {
 public:
  static Result<std::unique_ptr<OwnServer>> start(const shell::OptionValues& values) {
    std::unique_ptr<OwnServer> own(new OwnServer);
    STRATA_TRY(own->served_, ServedStore::open(values));
    ServerOptions options;
    options.listen = {UnixEndpoint{
        (std::filesystem::temp_directory_path() / fmt::format("strata-{}.sock", ::getpid()))
            .string()}};
    STRATA_TRY(own->server_, Server::start(*own->served_.service, std::move(options)));
    return own;
  }
  const Endpoint& endpoint() const { return server_->endpoints().front(); }
  Result<void> close() {
    server_.reset();
    return served_.close();
  }

 private:
  ServedStore served_;
  std::unique_ptr<Server> server_;  // destroyed before the service
};

Result<ClientOptions> client_options(const shell::OptionValues& values) {
  ClientOptions options;
  options.channel.name = "week04-repl";
  STRATA_TRY(options.channel.identity.secret, read_secret(values.at("secret-file")));
  STRATA_TRY(const std::uint64_t timeout, shell::parse_count(values.at("timeout-ms")));
  options.timeout = std::chrono::milliseconds(timeout);
  return options;
}

Result<int> run(const shell::OptionValues& values) {
  STRATA_TRY(ClientOptions options, client_options(values));
  std::unique_ptr<OwnServer> own;
  if (values.at("connect").empty()) {
    STRATA_TRY(own, OwnServer::start(values));
    options.channel.endpoint = own->endpoint();
  } else {
    STRATA_TRY(options.channel.endpoint, parse_endpoint(values.at("connect")));
  }
  STRATA_TRY(const auto store, RemoteStore::connect(options));
  shell::Shell shell(*store);
  for (Verb& verb : verbs(*store)) shell.add_verb(std::move(verb));
  STRATA_TRY(const int status,
             shell::run_shell(shell, fmt::format("Strata, week 4: a store at {}. HELP lists the "
                                                 "commands.",
                                                 text_of(options.channel.endpoint))));
  STRATA_TRY(store->close());
  if (own) STRATA_TRY(own->close());
  return status;
}

constexpr std::uint64_t kLongestMs = 86'400'000;  // a day

std::vector<shell::Option> options() {
  std::vector<shell::Option> all = {
      {"connect", "ENDPOINT", "", "HOST:PORT or unix:PATH; without it, a server of its own",
       shell::accepted_by(parse_endpoint)},
      {"secret-file", "FILE", "", "the secret that the server asks for: the first line of FILE"},
      {"timeout-ms", "N", "10000", "how long to try", shell::number_between(1, kLongestMs)}};
  for (shell::Option& option : store_options("./data/week04")) all.push_back(std::move(option));
  return all;
}

}  // namespace
}  // namespace strata::net

int main(int argc, char** argv) {
  const strata::shell::Program program{.name = "week04-repl",
                                       .summary = "The shell of week 4: a client of a server.",
                                       .example = "week04-repl --connect 127.0.0.1:4400",
                                       .options = strata::net::options()};
  return strata::shell::run_program(argc, argv, program, &strata::net::run);
}
