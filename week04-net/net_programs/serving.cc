#include "net_programs/serving.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "net/secret_file.h"
#include "net/wire_capture.h"
#include "net/wire_trace.h"
#include "net_programs/log_sink.h"
#include "shell/disk_stage.h"
#include "shell/trace_file.h"
#include "store/memory_store.h"
#include "store/stage.h"

namespace strata::net {
namespace {

constexpr std::string_view kMemory = "memory";
constexpr std::uint64_t kLongestMs = 86'400'000;  // a day

// SIGINT and SIGTERM, as numbers that can be read. A handler may do little; it writes to a pipe.
class EndingSignals {
 public:
  // From now on the signals do not end the process. Requires: there is one object in a process.
  static Result<EndingSignals> receive() {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0)
      return io_error(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    from_ = pipe[0];
    to_ = pipe[1];
    struct sigaction action{};
    action.sa_handler = [](int signal) {
      const int before = errno;
      const auto number = static_cast<char>(signal);
      static_cast<void>(!::write(to_, &number, 1));  // if the pipe is full, it holds a signal
      errno = before;
    };
    action.sa_flags = SA_RESTART;
    for (const int signal : {SIGINT, SIGTERM}) ::sigaction(signal, &action, nullptr);
    return EndingSignals();
  }

  // Blocks until one has come.
  int wait() const {
    pollfd readable{.fd = from_, .events = POLLIN, .revents = 0};
    char signal = 0;
    while (::read(from_, &signal, 1) != 1) ::poll(&readable, 1, -1);
    return signal;
  }

 private:
  EndingSignals() = default;

  static inline int from_ = -1, to_ = -1;
};

std::string store_names() {
  std::string names(kMemory);
  for (const Stage& stage : stages()) names += "|" + stage.name;
  return names;
}

}  // namespace

Result<std::unique_ptr<Store>> open_served_store(const shell::OptionValues& values) {
  const std::string& name = values.at("store");
  if (name == kMemory) return std::make_unique<MemoryStore>();
  STRATA_TRY(const Stage* stage, find_stage(name));
  STRATA_TRY(const SyncMode sync, parse_sync_mode(values.at("sync")));
  return stage->open({.directory = values.at("data"), .sync = sync, .tuning = {}});
}

namespace {

Result<spdlog::level::level_enum> parse_level(std::string_view word) {
  const auto level = spdlog::level::from_str(std::string(word));
  if (level != spdlog::level::off || word == "off") return level;
  return invalid_argument("a log has the levels debug, info, warning, error, off");
}

Result<ServerOptions> with_values(const shell::OptionValues& values, ServerOptions options) {
  options.identity.cluster_id = values.at("cluster");
  STRATA_TRY(options.identity.secret, read_secret(values.at("secret-file")));
  STRATA_TRY(const std::uint64_t threads, shell::parse_count(values.at("threads")));
  options.threads = static_cast<unsigned>(threads);
  STRATA_TRY(const std::uint64_t slow, shell::parse_count(values.at("slow-ms")));
  options.slow_request = std::chrono::milliseconds(slow);
  options.log = std::make_shared<spdlog::logger>("strata", std::make_shared<LogSink>());
  options.log->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
  STRATA_TRY(const auto level, parse_level(values.at("log")));
  options.log->set_level(level);
  return options;
}

// The observers that the options ask for: a capture, a trace.
struct Watching {
  std::unique_ptr<WireCapture> capture;
  std::unique_ptr<shell::TraceFile> file;
  std::unique_ptr<WireTrace> trace;

  Result<void> begin(const shell::OptionValues& values, ServerOptions& options) {
    if (const std::string& name = values.at("capture"); !name.empty()) {
      STRATA_TRY(capture, WireCapture::create(name));
      options.observers.push_back(capture.get());
    }
    if (const std::string& name = values.at("trace"); !name.empty()) {
      STRATA_TRY(file, shell::TraceFile::open(name, "week04-" + options.role));
      trace = std::make_unique<WireTrace>(file->trace());
      options.observers.push_back(trace.get());
    }
    return {};
  }
  Result<void> finish() const {
    if (capture) STRATA_TRY(capture->finish());
    if (file) STRATA_TRY(file->finish());
    return {};
  }
};

void announce(const Server& server) {
  for (const Endpoint& endpoint : server.endpoints())
    fmt::print("listening on {}\n", text_of(endpoint));
  std::fflush(stdout);
}

}  // namespace

std::vector<shell::Option> with_serving_options(std::vector<shell::Option> own) {
  for (shell::Option& option : std::vector<shell::Option>{
           {"secret-file", "FILE", "", "a secret that clients must know: the first line of FILE"},
           {"cluster", "NAME", "strata", "what clients may ask to be connected to"},
           {"threads", "N", "1", "threads of the network", shell::number_between(1, 1024)},
           {"slow-ms", "N", "1000", "a request that takes longer is logged",
            shell::number_between(0, kLongestMs)},
           {"capture", "FILE", "", "write what goes over the wires, for strata-dump"},
           {"trace", "FILE", "", "write what goes over the wires to FILE, for the viewer"},
           {"log", "LEVEL", "info", "debug|info|warning|error|off; to standard error",
            shell::accepted_by(parse_level)}})
    own.push_back(std::move(option));
  return own;
}

shell::Option listen_option(std::string fallback) {
  return {"listen", "ENDPOINT,...", std::move(fallback), "HOST:PORT or unix:PATH, one or several",
          shell::accepted_by(parse_endpoints)};
}

std::vector<shell::Option> store_options(std::string data) {
  return {{"store", "NAME", "week03", "what is served: " + store_names(),
           [](std::string_view name) -> Result<void> {
             if (name == kMemory) return {};
             STRATA_TRY(find_stage(name));
             return {};
           }},
          shell::data_option(std::move(data)),
          shell::sync_option()};
}

Result<std::vector<Endpoint>> parse_endpoints(std::string_view list) {
  std::vector<Endpoint> endpoints;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    STRATA_TRY(endpoints.emplace_back(), parse_endpoint(list.substr(0, comma)));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  if (endpoints.empty()) return invalid_argument("there is nothing to listen on");
  return endpoints;
}

Result<ServedStore> ServedStore::open(const shell::OptionValues& values) {
  ServedStore served;
  STRATA_TRY(served.store, open_served_store(values));
  STRATA_TRY(served.service, StoreService::open(*served.store));
  return served;
}

Result<void> ServedStore::close() {
  service.reset();
  return store->close();
}

Result<int> serve(Service& service, const shell::OptionValues& values, ServerOptions options) {
  // It would print what is wrong in a message. The session says that, in our own log.
  google::protobuf::SetLogHandler(nullptr);
  STRATA_TRY(options, with_values(values, std::move(options)));
  Watching watching;
  STRATA_TRY(watching.begin(values, options));
  const auto log = options.log;
  STRATA_TRY(const EndingSignals signals, EndingSignals::receive());
  STRATA_TRY(const auto server, Server::start(service, std::move(options)));
  announce(*server);
  const int signal = signals.wait();
  log->info("stopping: signal={}", signal);
  server->stop();
  const ServerFigures figures = server->figures();
  log->info("stopped: requests={} connections={}", figures.requests, figures.accepted);
  STRATA_TRY(watching.finish());
  return 0;
}

Result<int> serve_store(const shell::OptionValues& values, ServerOptions options) {
  STRATA_TRY(ServedStore served, ServedStore::open(values));
  STRATA_TRY(const int status, serve(*served.service, values, std::move(options)));
  STRATA_TRY(served.close());
  return status;
}

}  // namespace strata::net
