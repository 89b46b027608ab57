#include "net/listener.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <asio/experimental/as_tuple.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "env/posix_file_system.h"

namespace strata::net {
namespace {

constexpr auto kResult = asio::experimental::as_tuple(asio::use_awaitable);
constexpr int kBacklog = 4096;
const asio::error_code kNoSuchAddress(EADDRNOTAVAIL, asio::error::get_system_category());

using asio::ip::tcp;
using Local = asio::local::stream_protocol;

Error refused(const Endpoint& endpoint, const asio::error_code& error) {
  const std::string message =
      fmt::format("cannot listen on {}: {}", text_of(endpoint), error.message());
  if (error == asio::error::address_in_use) return conflict(message);
  return io_error(message);
}

tcp::endpoint as_tcp(const asio::generic::stream_protocol::endpoint& any) {
  tcp::endpoint address;
  address.resize(any.size());
  std::memcpy(address.data(), any.data(), any.size());
  return address;
}

Result<std::vector<tcp::endpoint>> addresses_of(asio::io_context& io, const TcpEndpoint& endpoint) {
  tcp::resolver resolver(io);
  asio::error_code error;
  const auto found =
      resolver.resolve(endpoint.host, std::to_string(endpoint.port), tcp::resolver::passive, error);
  std::vector<tcp::endpoint> addresses;
  for (const auto& entry : found)
    if (std::ranges::find(addresses, entry.endpoint()) == addresses.end())
      addresses.push_back(entry.endpoint());
  if (!error && !addresses.empty()) return addresses;
  return invalid_argument(fmt::format("{} has no address: {}", text_of(endpoint), error.message()));
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
// listen(), a socket looks like one that a dead server has left behind. The lock is on an empty
// file beside the socket, SOCKET.strata-lock, which is removed afterwards.
class NameLock {
 public:
  NameLock(const std::string& socket, std::chrono::milliseconds patience)
      : file_(socket + ".strata-lock") {
    const auto begin = std::chrono::steady_clock::now();
    for (;;) {
      held_ = take();
      if (held_ || held_.error().code != ErrorCode::kConflict) return;
      if (std::chrono::steady_clock::now() - begin >= patience) return;
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
  // A file that somebody else has put there is not ours to lock and to remove.
  Result<std::unique_ptr<env::FileLock>> take() const {
    struct stat found{};
    if (::lstat(file_.c_str(), &found) == 0 && !(S_ISREG(found.st_mode) && found.st_size == 0))
      return invalid_argument(fmt::format("{} is in the way", file_.string()));
    return env::posix_file_system().lock(file_);
  }

  const env::Path file_;
  Result<std::unique_ptr<env::FileLock>> held_;
};

}  // namespace

Result<std::vector<std::unique_ptr<Listener>>> Listener::open(asio::io_context& io,
                                                              const Endpoint& endpoint,
                                                              bool beyond_loopback) {
  if (const auto* file = std::get_if<UnixEndpoint>(&endpoint)) {
    std::vector<std::unique_ptr<Listener>> one;
    one.push_back(std::unique_ptr<Listener>(new Listener(io, endpoint)));
    STRATA_TRY(one.front()->listen_at_file(file->path));
    return one;
  }
  const auto& port = std::get<TcpEndpoint>(endpoint);
  STRATA_TRY(const auto addresses, addresses_of(io, port));
  for (const tcp::endpoint& address : addresses)
    if (!beyond_loopback && !address.address().is_loopback())
      return invalid_argument(fmt::format(
          "{} can be reached from other machines: that takes a shared secret (--secret-file FILE)",
          text_of(endpoint)));
  // The port that the system chooses for the first address may be in use at the second.
  constexpr int kTries = 10;
  for (int left = port.port == 0 ? kTries : 1;; --left) {
    auto all = open_all(io, port, addresses);
    if (all || all.error().code != ErrorCode::kConflict || left == 1) return all;
  }
}

Result<std::vector<std::unique_ptr<Listener>>> Listener::open_all(
    asio::io_context& io, const TcpEndpoint& endpoint,
    const std::vector<tcp::endpoint>& addresses) {
  std::vector<std::unique_ptr<Listener>> all;
  TcpEndpoint chosen = endpoint;
  asio::error_code last;
  for (tcp::endpoint address : addresses) {
    std::unique_ptr<Listener> one(new Listener(io, chosen));
    address.port(chosen.port);
    last = one->listen_at_port(address);
    if (last == asio::error::address_family_not_supported || last == kNoSuchAddress) continue;
    if (last) return refused(endpoint, last);
    chosen = std::get<TcpEndpoint>(one->endpoint_);
    all.push_back(std::move(one));
  }
  if (all.empty()) return refused(endpoint, last);
  return all;
}

Result<void> Listener::listen_at_file(const std::string& path) {
  const NameLock lock(path, std::chrono::seconds(2));
  STRATA_TRY(lock.held());
  if (left_behind(path)) ::unlink(path.c_str());
  const asio::error_code error = listen(Local::endpoint(path));
  return error ? refused(endpoint_, error) : Result<void>();
}

asio::error_code Listener::listen_at_port(const tcp::endpoint& address) {
  asio::error_code error = listen(address);
  if (error) return error;
  const auto at = acceptor_.local_endpoint(error);
  if (!error) std::get<TcpEndpoint>(endpoint_).port = as_tcp(at).port();
  return error;
}

asio::error_code Listener::listen(const asio::generic::stream_protocol::endpoint& address) {
  asio::error_code error;
  acceptor_.open(address.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(address, error);
  if (const auto* file = std::get_if<UnixEndpoint>(&endpoint_); file && !error) {
    struct stat made{};
    if (::lstat(file->path.c_str(), &made) == 0) file_ = made;
    if (::chmod(file->path.c_str(), S_IRUSR | S_IWUSR) != 0)
      error.assign(errno, asio::error::get_system_category());
  }
  if (!error) acceptor_.listen(kBacklog, error);
  return error;
}

void Listener::close() {
  // The name goes first: when a socket is closed, another server may take its name.
  if (const auto made = std::exchange(file_, std::nullopt)) {
    const std::string& path = std::get<UnixEndpoint>(endpoint_).path;
    // If it is not free, the check below must do: nobody waits here while a server is stopping.
    const NameLock lock(path, std::chrono::milliseconds(0));
    struct stat now{};
    if (::lstat(path.c_str(), &now) == 0 && now.st_dev == made->st_dev &&
        now.st_ino == made->st_ino)
      ::unlink(path.c_str());
  }
  asio::error_code ignored;
  acceptor_.close(ignored);
}

std::string peer_of(Socket& socket) {
  asio::error_code error;
  const auto at = socket.remote_endpoint(error);
  if (error) return "gone";
  if (at.protocol().family() == AF_UNIX) {
    ucred peer{};
    socklen_t size = sizeof(peer);
    if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
      return "gone";
    return fmt::format("pid:{},uid:{}", peer.pid, peer.uid);
  }
  const tcp::endpoint address = as_tcp(at);
  return text_of(TcpEndpoint{address.address().to_string(), address.port()});
}

void prepare(Socket& socket) {
  asio::error_code ignored;  // a Unix socket has no such options
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  socket.non_blocking(true, ignored);
}

namespace {

asio::awaitable<asio::error_code> connect_to(
    const asio::generic::stream_protocol::endpoint& address, Socket& socket) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer again(executor);
  asio::error_code ignored;
  socket.close(ignored);  // from the attempt before
  for (;;) {
    const auto [error] = co_await socket.async_connect(address, kResult);
    // At a Unix socket, more connections wait to be accepted than may wait.
    if (error != asio::error::no_buffer_space) co_return error;
    again.expires_after(std::chrono::milliseconds(10));
    co_await again.async_wait(kResult);
    if (!socket.is_open()) co_return asio::error::operation_aborted;
  }
}

}  // namespace

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
    last = co_await connect_to(address, socket);
    if (last == asio::error::operation_aborted) break;
    if (last) continue;
    prepare(socket);
    co_return Result<void>();
  }
  co_return unavailable(fmt::format("cannot connect to {}: {}", text_of(endpoint), last.message()));
}

}  // namespace strata::net
