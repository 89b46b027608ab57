#include "net/listener.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <asio/experimental/as_tuple.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <cstring>

namespace strata::net {
namespace {

constexpr auto kResult = asio::experimental::as_tuple(asio::use_awaitable);
constexpr int kBacklog = 4096;

using asio::ip::tcp;
using Local = asio::local::stream_protocol;

Error refused(const Endpoint& endpoint, const asio::error_code& error) {
  const std::string message =
      fmt::format("cannot listen on {}: {}", text_of(endpoint), error.message());
  if (error == asio::error::address_in_use) return conflict(message);
  return io_error(message);
}

// A killed server leaves its socket in the file system, and the next server cannot use that name.
// To find out whether a server still listens there, one has to connect. Files of other kinds are
// left alone.
bool left_behind(const std::string& path) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0 || !S_ISSOCK(found.st_mode)) return false;
  asio::io_context io;
  Local::socket probe(io);
  asio::error_code error;
  probe.connect(Local::endpoint(path), error);
  return error == asio::error::connection_refused;
}

Result<Acceptor> open(asio::io_context& io, const Endpoint& asked,
                      const asio::generic::stream_protocol::endpoint& address) {
  Acceptor acceptor(io);
  asio::error_code error;
  acceptor.open(address.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(address, error);
  if (!error)
    if (const auto* file = std::get_if<UnixEndpoint>(&asked);
        file && ::chmod(file->path.c_str(), S_IRUSR | S_IWUSR) != 0)
      error.assign(errno, asio::error::get_system_category());
  if (!error) acceptor.listen(kBacklog, error);
  if (error) return refused(asked, error);
  return acceptor;
}

Result<tcp::endpoint> resolve_to_listen(asio::io_context& io, const TcpEndpoint& endpoint,
                                        bool beyond_loopback) {
  tcp::resolver resolver(io);
  asio::error_code error;
  const auto found =
      resolver.resolve(endpoint.host, std::to_string(endpoint.port), tcp::resolver::passive, error);
  if (error || found.empty())
    return invalid_argument(
        fmt::format("{} has no address: {}", text_of(endpoint), error.message()));
  tcp::endpoint address = *found.begin();
  if (!beyond_loopback && !address.address().is_loopback())
    return invalid_argument(fmt::format(
        "{} can be reached from other machines: that takes a shared secret (--secret-file FILE)",
        text_of(endpoint)));
  return address;
}

}  // namespace

Result<Acceptor> listen(asio::io_context& io, const Endpoint& endpoint, bool beyond_loopback) {
  if (const auto* file = std::get_if<UnixEndpoint>(&endpoint)) {
    if (left_behind(file->path)) ::unlink(file->path.c_str());
    return open(io, endpoint, Local::endpoint(file->path));
  }
  STRATA_TRY(const tcp::endpoint address,
             resolve_to_listen(io, std::get<TcpEndpoint>(endpoint), beyond_loopback));
  return open(io, endpoint, address);
}

Result<Endpoint> endpoint_of(const Acceptor& acceptor, const Endpoint& asked) {
  const auto* tcp = std::get_if<TcpEndpoint>(&asked);
  if (!tcp) return asked;
  asio::error_code error;
  const auto address = acceptor.local_endpoint(error);
  if (error) return refused(asked, error);
  asio::ip::tcp::endpoint bound;
  bound.resize(address.size());
  std::memcpy(bound.data(), address.data(), address.size());
  return TcpEndpoint{tcp->host, bound.port()};
}

void prepare(Socket& socket) {
  asio::error_code ignored;  // a Unix socket has no such options
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  socket.non_blocking(true, ignored);
}

asio::awaitable<Result<void>> connect(const Endpoint& endpoint, Socket& socket) {
  const auto executor = co_await asio::this_coro::executor;
  asio::error_code last = asio::error::host_not_found;
  std::vector<asio::generic::stream_protocol::endpoint> addresses;
  if (const auto* file = std::get_if<UnixEndpoint>(&endpoint)) {
    addresses.emplace_back(Local::endpoint(file->path));
  } else {
    const auto& host = std::get<TcpEndpoint>(endpoint);
    tcp::resolver resolver(executor);
    const auto [error, found] =
        co_await resolver.async_resolve(host.host, std::to_string(host.port), kResult);
    if (error) last = error;
    for (const auto& entry : found) addresses.emplace_back(entry.endpoint());
  }
  for (const auto& address : addresses) {
    asio::error_code ignored;
    socket.close(ignored);  // from the attempt before
    const auto [error] = co_await socket.async_connect(address, kResult);
    last = error;
    if (error == asio::error::operation_aborted) break;
    if (error) continue;
    prepare(socket);
    co_return Result<void>();
  }
  co_return unavailable(fmt::format("cannot connect to {}: {}", text_of(endpoint), last.message()));
}

}  // namespace strata::net
