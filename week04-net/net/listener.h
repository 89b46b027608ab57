// Sockets that others can connect to, and sockets that connect: what is different between TCP and
// Unix sockets ends here. Private to the server and the client.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/basic_socket_acceptor.hpp>
#include <asio/generic/stream_protocol.hpp>

#include "base/result.h"
#include "net/endpoint.h"

namespace strata::net {

using Socket = asio::generic::stream_protocol::socket;
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

// Requires of others nothing; a socket in the file system is for its owner alone (mode 0600), and
// one that a dead server left is replaced.
// kInvalidArgument for an address beyond loopback unless `beyond_loopback`, and for a name that
// has no address; kConflict if it is taken; kIo else.
Result<Acceptor> listen(asio::io_context& io, const Endpoint& endpoint, bool beyond_loopback);

// Where it listens: as `asked`, but with the port that the system chose.
Result<Endpoint> endpoint_of(const Acceptor& acceptor, const Endpoint& asked);

// For a socket that is connected: small frames go out at once, and a dead peer is noticed.
void prepare(Socket& socket);

// Connects `socket`, which its owner may close meanwhile to give up. kUnavailable where nobody
// listens, or for another reason that may pass.
asio::awaitable<Result<void>> connect(const Endpoint& endpoint, Socket& socket);

}  // namespace strata::net
