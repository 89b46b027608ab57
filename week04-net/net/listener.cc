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

#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "env/posix_file_system.h"

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
  Local::socket probe(io, Local());
  asio::error_code error;
  probe.non_blocking(true, error);  // a server that is slow to accept is there, too
  probe.connect(Local::endpoint(path), error);
  return error == asio::error::connection_refused;
}

// Excludes other servers that begin or end to listen under the same name: between bind() and
// listen(), a socket looks like one that a dead server has left behind. The lock is on a file
// beside the socket, which is removed afterwards.
class NameLock {
 public:
  explicit NameLock(const std::string& socket) : file_(socket + ".lock") {
    const auto begin = std::chrono::steady_clock::now();
    for (;;) {
      held_ = env::posix_file_system().lock(file_);
      if (held_ || held_.error().code != ErrorCode::kConflict) return;
      if (std::chrono::steady_clock::now() - begin > kPatience) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  ~NameLock() {
    if (held_) static_cast<void>(env::posix_file_system().remove(file_));
  }
  NameLock(const NameLock&) = delete;
  NameLock& operator=(const NameLock&) = delete;

  Result<void> held() const { return held_ ? Result<void>() : held_.error(); }

 private:
  static constexpr std::chrono::seconds kPatience{2};
  const env::Path file_;
  Result<std::unique_ptr<env::FileLock>> held_;
};

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(asio::io_context& io, const Endpoint& endpoint,
                                                 bool beyond_loopback) {
  std::unique_ptr<Listener> listener(new Listener(io, endpoint));
  if (const auto* file = std::get_if<UnixEndpoint>(&endpoint))
    STRATA_TRY(listener->listen_at_file(file->path));
  else
    STRATA_TRY(
        listener->listen_at_port(io, std::get<TcpEndpoint>(listener->endpoint_), beyond_loopback));
  return listener;
}

Result<void> Listener::listen_at_file(const std::string& path) {
  const NameLock lock(path);
  STRATA_TRY(lock.held());
  if (left_behind(path)) ::unlink(path.c_str());
  const asio::error_code error = listen(Local::endpoint(path));
  struct stat made{};
  if (!error && ::lstat(path.c_str(), &made) == 0) file_ = made;
  return error ? refused(endpoint_, error) : Result<void>();
}

Result<void> Listener::listen_at_port(asio::io_context& io, TcpEndpoint& endpoint,
                                      bool beyond_loopback) {
  tcp::resolver resolver(io);
  asio::error_code error;
  const auto found =
      resolver.resolve(endpoint.host, std::to_string(endpoint.port), tcp::resolver::passive, error);
  if (error || found.empty())
    return invalid_argument(
        fmt::format("{} has no address: {}", text_of(endpoint), error.message()));
  const tcp::endpoint address = *found.begin();
  if (!beyond_loopback && !address.address().is_loopback())
    return invalid_argument(fmt::format(
        "{} can be reached from other machines: that takes a shared secret (--secret-file FILE)",
        text_of(endpoint)));
  error = listen(address);
  if (error) return refused(endpoint, error);
  const auto at = acceptor_.local_endpoint(error);
  if (error) return refused(endpoint, error);
  tcp::endpoint bound;
  bound.resize(at.size());
  std::memcpy(bound.data(), at.data(), at.size());
  endpoint.port = bound.port();
  return {};
}

asio::error_code Listener::listen(const asio::generic::stream_protocol::endpoint& address) {
  asio::error_code error;
  acceptor_.open(address.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(address, error);
  if (!error)
    if (const auto* file = std::get_if<UnixEndpoint>(&endpoint_);
        file && ::chmod(file->path.c_str(), S_IRUSR | S_IWUSR) != 0)
      error.assign(errno, asio::error::get_system_category());
  if (!error) acceptor_.listen(kBacklog, error);
  return error;
}

void Listener::close() {
  // The name goes first: when a socket is closed, another server may take its name.
  if (const auto made = std::exchange(file_, std::nullopt)) {
    const std::string& path = std::get<UnixEndpoint>(endpoint_).path;
    const NameLock lock(path);  // without it, the check below must do
    struct stat now{};
    if (::lstat(path.c_str(), &now) == 0 && now.st_dev == made->st_dev &&
        now.st_ino == made->st_ino)
      ::unlink(path.c_str());
  }
  asio::error_code ignored;
  acceptor_.close(ignored);
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
