// What the programs that serve have in common: their options, and the life of a server from the
// line that says where it listens to the signal that ends it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/server.h"
#include "net/store_service.h"
#include "shell/program.h"

namespace strata::net {

// --secret-file, --cluster, --threads, --slow-ms, --capture, --trace, --log.
std::vector<shell::Option> serving_options();
// --listen=ENDPOINT[,ENDPOINT]
shell::Option listen_option(std::string fallback);
// --store, --data, --sync
std::vector<shell::Option> store_options(std::string data);

Result<std::vector<Endpoint>> parse_endpoints(std::string_view list);

// A store of a stage, by its name, and the service over it.
struct ServedStore {
  std::unique_ptr<Store> store;
  std::unique_ptr<StoreService> service;  // goes before the store

  static Result<ServedStore> open(const shell::OptionValues& values);
  Result<void> close();
};

// Makes SIGINT and SIGTERM wait for serve(). To be called before any thread is started.
void hold_signals();

struct Serving {
  bool durable = false;                     // what the service acknowledges survives its end
  std::string role = "server";              // see ServerOptions
  std::function<void()> abandon = [] {};    // see ServerOptions
  std::function<void()> housekeep = [] {};  // called every few seconds
};
// Serves until SIGINT or SIGTERM. Prints "listening on ENDPOINT", a line for each, to standard
// output; the log goes to standard error.
Result<int> serve(Service& service, const shell::OptionValues& values,
                  std::vector<Endpoint> endpoints, Serving serving);

}  // namespace strata::net
