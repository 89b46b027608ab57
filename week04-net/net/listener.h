// Makes sockets that listen and sockets that connect. The differences between TCP and Unix sockets
// are hidden here. Private to the server and the client.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/basic_socket_acceptor.hpp>
#include <asio/generic/stream_protocol.hpp>

#include "base/result.h"
#include "net/endpoint.h"

namespace strata::net {

using Socket = asio::generic::stream_protocol::socket;
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

// Listens at `endpoint`. A socket in the file system gets mode 0600, so that only its owner can
// connect. If a dead server has left a socket there, it is replaced; one on which a server listens
// is not.
// Errors: kInvalidArgument for an address that other machines can reach, unless `beyond_loopback`,
// and for a name that has no address; kConflict if the address is in use; kIo for anything else.
Result<Acceptor> listen(asio::io_context& io, const Endpoint& endpoint, bool beyond_loopback);

// Where it listens: `asked`, with the port that the system chose.
Result<Endpoint> endpoint_of(const Acceptor& acceptor, const Endpoint& asked);

// Sets options of a connected socket: small frames are sent at once, and a dead peer is noticed.
void prepare(Socket& socket);

// Connects `socket`. To give up, its owner closes the socket meanwhile. Errors: kUnavailable if
// nobody listens there, or for another reason that may pass.
asio::awaitable<Result<void>> connect(const Endpoint& endpoint, Socket& socket);

}  // namespace strata::net
