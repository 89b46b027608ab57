#include "shard/sharded_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <semaphore>
#include <utility>

#include "net/messages.h"
#include "net/retry.h"
#include "shard/kinds.h"
#include "shard/owner_service.h"
#include "shard/route.h"
#include "shard/shard.pb.h"

namespace strata::shard {
namespace {

using net::Request;
using net::Response;
using net::proto::Error;

constexpr std::chrono::milliseconds kPause{5};       // while keys change hands
constexpr std::chrono::milliseconds kForMap{2'000};  // for one server, where others may know, too

// Waits on a semaphore that nobody releases: a sleep that a clock of a test could not shorten.
void pause() {
  std::binary_semaphore nobody{0};
  static_cast<void>(nobody.try_acquire_for(kPause));
}

}  // namespace

ShardedStore::ShardedStore(ShardedStoreOptions options)
    : options_(std::move(options)), tokens_(options_.channel.entropy->nonzero_bits()) {}

ShardedStore::~ShardedStore() = default;

Result<std::unique_ptr<ShardedStore>> ShardedStore::connect(ShardedStoreOptions options) {
  std::unique_ptr<ShardedStore> store(new ShardedStore(std::move(options)));
  const env::TimePoint last = store->now() + store->options_.timeout;
  for (;;) {
    const auto learnt = store->learn();
    if (learnt && store->view()) break;
    // A cluster that is just being made has no map yet.
    if (!learnt || store->now() >= last)
      return learnt ? unavailable("the cluster is not made yet") : learnt.error();
    pause();
  }
  STRATA_TRY(store->find_home());
  return store;
}

// ---- Servers

std::shared_ptr<const MapView> ShardedStore::view() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

std::shared_ptr<net::RemoteStore> ShardedStore::home() const {
  const std::lock_guard lock(mutex_);
  return home_;
}

// Those of the map first.
std::vector<std::string> ShardedStore::addresses() const {
  std::vector<std::string> all;
  if (const auto view = this->view())
    for (const Server& server : view->map.everybody()) all.push_back(server.address);
  for (const std::string& address : options_.addresses)
    if (std::ranges::find(all, address) == all.end()) all.push_back(address);
  return all;
}

std::shared_ptr<net::ClientThread> ShardedStore::client_at(const std::string& address) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<net::ClientThread>& client = clients_[address];
  if (client) return client;
  net::ClientOptions options{
      .channel = options_.channel, .timeout = options_.timeout, .retries = false};
  auto endpoint = net::parse_endpoint(address);
  if (!endpoint) return nullptr;
  options.channel.endpoint = *std::move(endpoint);
  client = std::make_shared<net::ClientThread>(std::move(options));
  return client;
}

Result<Response> ShardedStore::ask_any(const Request& request) {
  Result<Response> last = unavailable("no address of a server is known");
  for (const std::string& address : addresses()) {
    last = ask_at(address, request);
    if (last || last.error().code != ErrorCode::kUnavailable) return last;
  }
  return last;
}

Result<Response> ShardedStore::ask_at(const std::string& address, const Request& request) {
  const auto client = client_at(address);
  if (!client) return unavailable(address + " is no address");
  Request copy = request;
  copy.set_timeout_ms(static_cast<std::uint32_t>(kForMap.count()));
  Response response = client->ask(std::move(copy));
  if (response.has_error()) return net::error_from(response.error());
  return response;
}

// Takes over a newer map.
Result<void> ShardedStore::learn() {
  proto::GetMap message;
  const auto known = view();
  if (known) message.set_cluster(known->map.cluster);
  message.set_epoch(known ? known->map.epoch : 0);
  STRATA_TRY(const Response response, ask_any(net::extend(kGetMap, message)));
  proto::Map map;
  if (!net::unpack(response, map)) return unavailable("a server has answered with no map");
  if (map.epoch() == 0) return {};  // there is no newer one
  STRATA_TRY(ClusterMap newer, map_from(map));
  const std::lock_guard lock(mutex_);
  if (!view_ || newer.epoch > view_->map.epoch)
    view_ = std::make_shared<const MapView>(std::move(newer));
  return {};
}

Result<void> ShardedStore::find_home() {
  strata::Error last = unavailable("no server can be reached");
  for (const std::string& address : addresses()) {
    net::ClientOptions options{.channel = options_.channel, .timeout = options_.timeout};
    STRATA_TRY(options.channel.endpoint, net::parse_endpoint(address));
    auto store = net::RemoteStore::connect(options);
    if (!store) {
      last = store.error();
      continue;
    }
    const std::lock_guard lock(mutex_);
    home_ = *std::move(store);
    return {};
  }
  return last;
}

// ---- Gets and writes

// Asks the server that has the keys. If one of the attempts may have been done, an error is
// kUnknown.
Result<Response> ShardedStore::ask_owner(const std::vector<Point>& points, const Request& request) {
  if (!home()) return unavailable("the store is closed");
  const env::TimePoint deadline = now() + options_.timeout;
  net::Attempts attempts;
  Response response = net::failed(0, Error::UNAVAILABLE, "no server was asked");
  for (;;) {
    const auto view = this->view();
    STRATA_TRY(Route route, Route::to(*view, points));
    while (const auto next = route.next()) {
      const Server* server = view->map.find(*next);
      const auto client = server ? client_at(server->address) : nullptr;
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now());
      if (!client || left.count() <= 0) break;
      Request copy = request;
      copy.set_addressee(server->id.value());
      copy.set_map_epoch(view->map.epoch);
      copy.set_timeout_ms(static_cast<std::uint32_t>(left.count()));
      response = client->ask(std::move(copy));
      const bool is_elsewhere = response.error().code() == Error::WRONG_SHARD;
      if (!is_elsewhere && !attempts.may_retry(request, response)) {
        response = attempts.last(std::move(response));
        if (!response.has_error()) return response;
        return net::error_from(response.error());
      }
      route.refused(*next, std::nullopt);
    }
    if (now() + kPause >= deadline) break;
    pause();
    static_cast<void>(learn());
  }
  return net::error_from(attempts.last(std::move(response)).error());
}

Result<std::optional<std::string>> ShardedStore::get(std::string_view key,
                                                     const ReadOptions& options) {
  STRATA_TRY(check_key(key));
  if (options.snapshot) return invalid_argument("this snapshot is of another store");
  if (options.reach == Reach::kMemory) return unavailable("not in memory");
  Request request;
  request.mutable_get()->set_key(key.data(), key.size());
  auto response = ask_owner({hashing::point_of(key)}, request);
  if (!response) {
    if (response.error().code == ErrorCode::kUnknown)  // a read changes nothing
      return unavailable(response.error().message);
    return response.error();
  }
  if (!response->get().has_value()) return std::nullopt;
  return std::move(*response->mutable_get()->mutable_value());
}

Result<void> ShardedStore::write(const WriteBatch& batch) {
  STRATA_TRY(net::check_write(batch));
  if (!options_.splits_batches) return write_whole({}, batch);
  std::map<ServerId, WriteBatch> parts;
  const auto view = this->view();
  for (const Operation operation : batch)
    parts[view->candidates(hashing::point_of(operation.key)).front()].refer_to(operation);
  for (const auto& [server, part] : parts) STRATA_TRY(write_whole({}, part));
  return {};
}

Result<void> ShardedStore::write_if(std::span<const Condition> conditions,
                                    const WriteBatch& batch) {
  STRATA_TRY(net::check_write(batch));
  return write_whole(conditions, batch);
}

Result<void> ShardedStore::write_whole(std::span<const Condition> conditions,
                                       const WriteBatch& batch) {
  Request request;
  net::add_operations(batch, *request.mutable_write());
  for (const Condition& condition : conditions) {
    net::proto::Condition& out = *request.mutable_write()->add_conditions();
    out.set_key(condition.key);
    if (condition.expected)
      out.set_value(*condition.expected);
    else
      out.set_absent(true);
  }
  const std::vector<Point> points = points_of(request);
  if (points.empty()) return home() ? Result<void>() : unavailable("the store is closed");
  const net::Token token = tokens_.next();
  net::token_to(token, *request.mutable_write()->mutable_token());
  const auto answered = ask_owner(points, request);
  tokens_.settle(token);
  if (!answered) return answered.error();
  return {};
}

// ---- Through one server

Result<std::unique_ptr<Cursor>> ShardedStore::scan(const ScanOptions& options) {
  const auto home = this->home();
  if (!home) return unavailable("the store is closed");
  auto cursor = home->scan(options);
  if (cursor || cursor.error().code != ErrorCode::kUnavailable) return cursor;
  STRATA_TRY(find_home());
  return this->home()->scan(options);
}

Result<std::shared_ptr<const Snapshot>> ShardedStore::snapshot() {
  return unsupported("snapshots are not served");
}

Result<std::vector<Stat>> ShardedStore::stats() {
  const auto home = this->home();
  return home ? home->stats() : unavailable("the store is closed");
}

Result<std::uint64_t> ShardedStore::count_keys() {
  const auto home = this->home();
  return home ? home->count_keys() : unavailable("the store is closed");
}

Result<void> ShardedStore::sync() {
  return unsupported("servers make writes durable as their option --sync says");
}

Capabilities ShardedStore::capabilities() const {
  const auto home = this->home();
  Capabilities capabilities = home ? home->capabilities() : Capabilities();
  capabilities.batches = false;
  return capabilities;
}

Result<void> ShardedStore::close() {
  std::shared_ptr<net::RemoteStore> last;
  const std::lock_guard lock(mutex_);
  last = std::exchange(home_, nullptr);
  if (!last) return unavailable("the store is closed already");
  return {};
}

}  // namespace strata::shard
