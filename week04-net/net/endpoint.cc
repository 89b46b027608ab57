#include "net/endpoint.h"

#include <fmt/format.h>
#include <sys/un.h>

#include <charconv>

#include "base/text.h"

namespace strata::net {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr std::size_t kMaxUnixPath = sizeof(sockaddr_un::sun_path) - 1;

Result<Endpoint> parse_unix(std::string_view path) {
  if (path.empty()) return invalid_argument("unix: wants the path of a socket behind it");
  if (path.size() > kMaxUnixPath)
    return invalid_argument(fmt::format("the path of a socket has {} bytes; the system takes {}",
                                        path.size(), kMaxUnixPath));
  return UnixEndpoint{std::string(path)};
}

Result<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), port);
  if (error == std::errc() && end == text.end() && !text.empty()) return port;
  return invalid_argument(printable(text) + " is no port: it takes a number from 0 to 65535");
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  if (text.starts_with(kUnix)) return parse_unix(text.substr(kUnix.size()));
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0)
    return invalid_argument(printable(text) + " is neither HOST:PORT nor unix:PATH");
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty() || (!bracketed && host.contains(':')))
    return invalid_argument(printable(text) + ": an address with colons wants brackets, [::1]:80");
  STRATA_TRY(const std::uint16_t port, parse_port(text.substr(colon + 1)));
  return TcpEndpoint{std::string(host), port};
}

std::string text_of(const Endpoint& endpoint) {
  if (const auto* file = std::get_if<UnixEndpoint>(&endpoint)) return "unix:" + file->path;
  const auto& tcp = std::get<TcpEndpoint>(endpoint);
  return tcp.host.contains(':') ? fmt::format("[{}]:{}", tcp.host, tcp.port)
                                : fmt::format("{}:{}", tcp.host, tcp.port);
}

}  // namespace strata::net
