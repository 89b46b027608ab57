// For the tests of the programs that serve: a program, from its start to its end, and its clients.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "need.h"
#include "net/remote_store.h"
#include "testing/child.h"
#include "testing/temporary_directory.h"

namespace strata::net {

// A program that serves, from the line that says where it listens to its end.
class ServerProcess {
 public:
  ServerProcess(const std::string& program, std::vector<std::string> arguments)
      : child_(program, with_quiet_log(std::move(arguments))) {
    const auto line = child_.read_line();
    constexpr std::string_view kStart = "listening on ";
    if (!line || !line->starts_with(kStart)) throw std::runtime_error("it does not listen");
    endpoint_ = need(parse_endpoint(line->substr(kStart.size())));
  }

  const Endpoint& endpoint() const { return endpoint_; }
  std::string address() const { return text_of(endpoint_); }
  pid_t process() const { return child_.process(); }
  std::uint64_t peak_memory() const { return child_.peak_memory(); }
  void kill() {
    child_.kill();
    child_.wait();
  }
  int stop() {
    ::kill(child_.process(), SIGTERM);
    return child_.wait();
  }

 private:
  static std::vector<std::string> with_quiet_log(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--log", "off"});
    return arguments;
  }

  testing::PipedChild child_;
  Endpoint endpoint_;
};

class NetProgram : public ::testing::Test {
 protected:
  std::string path(std::string_view name) const { return directory_.path() / name; }
  // Once the place was chosen, the program always listens there.
  std::unique_ptr<ServerProcess> server(const std::string& store = "week01") {
    if (listen_.empty()) listen_ = "unix:" + path("server.sock");
    return std::make_unique<ServerProcess>(
        STRATA_WEEK04_SERVER,
        std::vector<std::string>{"--store", store, "--data", path("data"), "--listen", listen_});
  }
  std::string listen_;

 private:
  const testing::TemporaryDirectory directory_;
};

// A client that does not try again, so that it reports the first error.
inline std::unique_ptr<RemoteStore> impatient_client_of(const Endpoint& endpoint) {
  return need(RemoteStore::connect({.channel = {.endpoint = endpoint}, .retries = false}));
}

inline std::unique_ptr<RemoteStore> client_of(
    const Endpoint& endpoint, std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
  return need(RemoteStore::connect({.channel = {.endpoint = endpoint}, .timeout = timeout}));
}

}  // namespace strata::net
