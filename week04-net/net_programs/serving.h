// The common part of the programs that serve: their options, and the life of a server, from the
// line that says where it listens to the signal that ends it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/server.h"
#include "net/store_service.h"
#include "shell/program.h"

namespace strata::net {

// A program's own options, followed by --secret-file, --cluster, --threads, --slow-ms,
// --capture, --trace and --log.
std::vector<shell::Option> with_serving_options(std::vector<shell::Option> own);
// --listen=ENDPOINT[,ENDPOINT]
shell::Option listen_option(std::string fallback);
// --store, --data, --sync
std::vector<shell::Option> store_options(std::string data);

Result<std::vector<Endpoint>> parse_endpoints(std::string_view list);
// The store that the options name.
Result<std::unique_ptr<Store>> open_served_store(const shell::OptionValues& values);

// A store of a stage, found by its name, and the service on it.
struct ServedStore {
  std::unique_ptr<Store> store;
  std::unique_ptr<StoreService> service;  // destroyed before the store

  static Result<ServedStore> open(const shell::OptionValues& values);
  Result<void> close();
};

// Serves until SIGINT or SIGTERM. Before that, while a store is opened for example, these signals
// end the process at once; a store survives that. Prints one line "listening on ENDPOINT" for each
// endpoint to standard output; the log goes to standard error. `options`: what the program decides
// itself; `values` add to it.
Result<int> serve(Service& service, const shell::OptionValues& values, ServerOptions options);
// Opens the store that the options name, serves it in the same way, and closes it.
Result<int> serve_store(const shell::OptionValues& values, ServerOptions options);

}  // namespace strata::net
