// Week 4, as the tools see it: how a server is reached, and the files that its programs write.
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

const bool kRegistered = [] {
  register_connector(
      {.connect = [](const ConnectOptions& options) -> Result<std::unique_ptr<Store>> {
         STRATA_TRY(const ChannelOptions channel, channel_from(options));
         return RemoteStore::connect({.channel = channel});
       },
       .connect_async = [](const ConnectOptions& options) -> Result<std::unique_ptr<AsyncStore>> {
         STRATA_TRY(const ChannelOptions channel, channel_from(options));
         return LoadConnections::open(channel, options.connections);
       }});
  register_dumper();
  return true;
}();

}  // namespace
}  // namespace strata::net
