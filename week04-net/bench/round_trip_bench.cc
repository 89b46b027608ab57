// Compares a round trip with the simplest possible one: 128 bytes there and back between two
// threads that block in read and write. One connection, one request at a time.
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <thread>

#include "net/load_connections.h"
#include "net/server.h"
#include "net/store_service.h"
#include "store/memory_store.h"

namespace strata::net {
namespace {

constexpr std::size_t kSize = 128;
constexpr std::string_view kKey = "0123456789abcdef";

template <class T>
T need(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

// A pair of connected sockets.
struct Pair {
  int ends[2];
};

Pair unix_pair() {
  Pair pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.ends) != 0) throw std::runtime_error("socketpair");
  return pair;
}

Pair tcp_pair() {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  Pair pair{};
  const bool listens = ::bind(listener, generic, size) == 0 && ::listen(listener, 1) == 0 &&
                       ::getsockname(listener, generic, &size) == 0;
  pair.ends[0] = ::socket(AF_INET, SOCK_STREAM, 0);
  if (!listens || ::connect(pair.ends[0], generic, size) != 0) throw std::runtime_error("connect");
  pair.ends[1] = ::accept(listener, nullptr, nullptr);
  ::close(listener);
  const int on = 1;
  for (const int end : pair.ends) ::setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return pair;
}

bool pass_on(int from, int to, char* buffer) {
  const ssize_t size = ::read(from, buffer, kSize);
  return size > 0 && ::write(to, buffer, static_cast<std::size_t>(size)) == size;
}

void bare(benchmark::State& state, Pair pair) {
  std::jthread echo([&] {
    char buffer[kSize];
    while (pass_on(pair.ends[1], pair.ends[1], buffer)) continue;
  });
  char buffer[kSize] = {};
  for (auto _ : state) {
    if (::write(pair.ends[0], buffer, kSize) != kSize || ::read(pair.ends[0], buffer, kSize) <= 0)
      state.SkipWithError("the pair broke");
  }
  ::shutdown(pair.ends[0], SHUT_RDWR);
  echo.join();
  for (const int end : pair.ends) ::close(end);
}

void get_over(benchmark::State& state, const Endpoint& at) {
  MemoryStore store;
  if (!store.put(kKey, std::string(kSize, 'v'))) throw std::runtime_error("put");
  const auto service = need(StoreService::open(store));
  const auto server = need(Server::start(*service, {.listen = {at}}));
  const auto connections = need(LoadConnections::open({.endpoint = server->endpoints().front()}, 1,
                                                      std::chrono::seconds(30)));
  for (auto _ : state) {
    bool answered = false;
    connections->get(0, kKey, [&](const auto& found) {
      answered = true;
      if (!found || !*found) state.SkipWithError("it is not there");
    });
    while (!answered) connections->run(std::chrono::seconds(1));
  }
}

void BareTcp(benchmark::State& state) { bare(state, tcp_pair()); }
void GetOverTcp(benchmark::State& state) { get_over(state, TcpEndpoint{"127.0.0.1", 0}); }
void BareUnix(benchmark::State& state) { bare(state, unix_pair()); }
void GetOverUnix(benchmark::State& state) {
  get_over(state, UnixEndpoint{std::filesystem::temp_directory_path() / "strata-bench.sock"});
}

BENCHMARK(BareTcp)->UseRealTime();
BENCHMARK(GetOverTcp)->UseRealTime();
BENCHMARK(BareUnix)->UseRealTime();
BENCHMARK(GetOverUnix)->UseRealTime();

}  // namespace
}  // namespace strata::net
