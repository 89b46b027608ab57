// Makes week 4 known to the tools: how to reach a server, and the files that its programs write.
#include "store/stage.h"

#include "net/load_connections.h"
#include "net/remote_store.h"
#include "net/secret_file.h"
#include "net/wire_dump.h"

namespace strata::net {
namespace {

Result<ChannelOptions> channel_from(const ConnectOptions& options) {
  ChannelOptions channel;
  STRATA_TRY(channel.endpoint, parse_endpoint(options.address));
  STRATA_TRY(channel.identity.secret, read_secret(options.secret_file));
  channel.name = "strata-load";
  return channel;
}

Result<std::unique_ptr<Store>> connect(const ConnectOptions& options) {
  STRATA_TRY(const ChannelOptions channel, channel_from(options));
  return RemoteStore::connect({.channel = channel, .timeout = options.timeout});
}

Result<std::unique_ptr<AsyncStore>> connect_async(const ConnectOptions& options) {
  STRATA_TRY(const ChannelOptions channel, channel_from(options));
  return LoadConnections::open(channel, options.connections, options.timeout);
}

const bool kRegistered = [] {
  register_connector({.connect = &connect, .connect_async = &connect_async});
  register_dumper();
  return true;
}();

}  // namespace
}  // namespace strata::net
