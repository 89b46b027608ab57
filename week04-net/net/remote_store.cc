#include "net/remote_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <semaphore>
#include <utility>

#include "net/group_writer.h"
#include "net/messages.h"

namespace strata::net {
namespace {

constexpr std::string_view kKeys = "num_keys";

// A page of a scan that was asked for.
struct AskedPage {
  std::binary_semaphore arrived{0};
  Response response;
};

class RemoteCursor final : public Cursor {
 public:
  RemoteCursor(std::shared_ptr<ClientThread> client, proto::ScanPage first, bool reverse)
      : Cursor(reverse), client_(std::move(client)), page_(std::move(first)) {
    ask_ahead();
  }
  ~RemoteCursor() override {
    if (!asked_) return;
    Request cancel;
    cancel.mutable_scan_cancel()->set_cursor(page_.cursor());
    client_->call(std::move(cancel), [](const Response&) {});
  }

  Result<std::optional<Entry>> next() override {
    if (failure_) return *failure_;
    while (at_ == page_.entries_size()) {
      if (!asked_) return std::nullopt;
      if (const auto turned = turn(); !turned) {
        failure_ = turned.error();
        return *failure_;
      }
    }
    const proto::Entry& entry = page_.entries(at_++);
    return Entry{entry.key(), entry.value()};
  }

 private:
  void ask_ahead() {
    asked_.reset();
    if (page_.cursor() == 0) return;
    asked_ = std::make_shared<AskedPage>();
    Request request;
    request.mutable_scan_next()->set_cursor(page_.cursor());
    request.mutable_scan_next()->set_page(++pages_);
    client_->call(std::move(request), [asked = asked_](Response response) {
      asked->response = std::move(response);
      asked->arrived.release();
    });
  }

  Result<void> turn() {
    asked_->arrived.acquire();
    Response response = std::move(asked_->response);
    if (response.has_error()) {
      asked_.reset();
      Error error = error_from(response.error());
      if (error.code == ErrorCode::kUnknown) error.code = ErrorCode::kUnavailable;  // it is a read
      return error;
    }
    page_ = std::move(*response.mutable_page());
    at_ = 0;
    ask_ahead();
    return {};
  }

  const std::shared_ptr<ClientThread> client_;
  proto::ScanPage page_;
  int at_ = 0;
  std::uint64_t pages_ = 1;           // pages that were asked for
  std::shared_ptr<AskedPage> asked_;  // null: there is no page after page_
  std::optional<Error> failure_;
};

}  // namespace

Result<void> check_write(const WriteBatch& batch) {
  STRATA_TRY(check_batch(batch));
  if (batch.count() > kMaxParts)
    return invalid_argument(
        fmt::format("a batch of {} operations, where a server takes {}", batch.count(), kMaxParts));
  if (batch.byte_size() <= kMaxWriteSize) return {};
  return invalid_argument(fmt::format("a batch of {} bytes, where a server takes {}",
                                      batch.byte_size(), kMaxWriteSize));
}

Result<std::unique_ptr<RemoteStore>> RemoteStore::connect(const ClientOptions& options) {
  // The first connection is tried once: a user who mistyped a port wants to know at once.
  ClientOptions once = options;
  once.retries = false;
  bool durable = false;
  once.channel.welcomed = [&durable](const proto::Welcome& welcome) {
    durable = welcome.durable();
  };
  Request ping;
  ping.mutable_ping();
  ClientThread first(once);
  const Response pong = first.ask(ping);
  if (pong.has_error()) return error_from(pong.error());
  return std::unique_ptr<RemoteStore>(new RemoteStore(
      std::make_unique<ClientThread>(options), options.channel.entropy->nonzero_bits(), durable));
}

RemoteStore::RemoteStore(std::unique_ptr<ClientThread> client, std::uint64_t id, bool durable)
    : client_(std::move(client)), tokens_(id), durable_(durable) {}

RemoteStore::~RemoteStore() = default;

std::shared_ptr<ClientThread> RemoteStore::client() const {
  const std::lock_guard lock(mutex_);
  return client_;
}

Result<Response> RemoteStore::ask(Request request) const {
  const auto client = this->client();
  if (!client) return unavailable("the store is closed");
  const bool is_write = request.has_write();
  Response response = client->ask(std::move(request));
  if (!response.has_error()) return response;
  Error error = error_from(response.error());
  // A read changes nothing, so nobody need wonder whether it was done.
  if (error.code == ErrorCode::kUnknown && !is_write) error.code = ErrorCode::kUnavailable;
  return error;
}

Result<std::optional<std::string>> RemoteStore::get(std::string_view key,
                                                    const ReadOptions& options) {
  STRATA_TRY(check_key(key));
  if (options.snapshot) return invalid_argument("this snapshot is of another store");
  if (options.reach == Reach::kMemory) return unavailable("not in memory");
  Request request;
  request.mutable_get()->set_key(key.data(), key.size());
  STRATA_TRY(Response response, ask(std::move(request)));
  if (!response.get().has_value()) return std::nullopt;
  return std::move(*response.mutable_get()->mutable_value());
}

Result<void> RemoteStore::write(const WriteBatch& batch) { return write_if({}, batch); }

Result<void> RemoteStore::write_if(std::span<const Condition> conditions, const WriteBatch& batch) {
  STRATA_TRY(check_write(batch));
  Request request;
  proto::Write& write = *request.mutable_write();
  add_operations(batch, write);
  for (const Condition& condition : conditions) {
    proto::Condition& out = *write.add_conditions();
    out.set_key(condition.key);
    if (condition.expected)
      out.set_value(*condition.expected);
    else
      out.set_absent(true);
  }
  if (const std::size_t size = request.ByteSizeLong(); size > kMaxWriteSize)
    return invalid_argument(
        fmt::format("a write of {} bytes with its conditions, where a server "
                    "takes {}",
                    size, kMaxWriteSize));
  const Token token = tokens_.next();
  token_to(token, *write.mutable_token());
  const auto answered = ask(std::move(request));
  tokens_.settle(token);
  if (!answered) return answered.error();
  return {};
}

Result<std::unique_ptr<Cursor>> RemoteStore::scan(const ScanOptions& options) {
  if (options.snapshot) return invalid_argument("this snapshot is of another store");
  Request request;
  *request.mutable_scan() = scan_to(options);
  STRATA_TRY(Response response, ask(std::move(request)));
  const auto client = this->client();
  if (!client) return unavailable("the store is closed");
  return std::make_unique<RemoteCursor>(client, std::move(*response.mutable_page()),
                                        options.reverse);
}

Result<std::shared_ptr<const Snapshot>> RemoteStore::snapshot() {
  return unsupported("snapshots are not served");
}

Result<std::uint64_t> RemoteStore::count_keys() {
  Request request;
  request.mutable_stats();
  STRATA_TRY(const Response response, ask(std::move(request)));
  const auto stats = stats_from(response.stats());
  const auto found = std::ranges::find(stats, kKeys, &Stat::name);
  const auto* keys = found == stats.end() ? nullptr : std::get_if<std::uint64_t>(&found->value);
  if (!keys) return unsupported("the server does not tell how many keys it has");
  return *keys;
}

Result<void> RemoteStore::sync() {
  return unsupported("a server makes writes durable as its option --sync says");
}

Result<std::vector<Stat>> RemoteStore::stats() {
  Request request;
  request.mutable_stats()->set_without_keys(true);
  STRATA_TRY(const Response response, ask(std::move(request)));
  auto stats = stats_from(response.stats());
  std::erase_if(stats, [](const Stat& stat) { return stat.name == kKeys; });  // of an older server
  return stats;
}

Result<std::chrono::nanoseconds> RemoteStore::ping() {
  Request request;
  request.mutable_ping();
  const auto before = env::system_clock().steady();
  STRATA_TRY(ask(std::move(request)));
  return env::system_clock().steady() - before;
}

Result<void> RemoteStore::close() {
  std::shared_ptr<ClientThread> last;
  {
    const std::lock_guard lock(mutex_);
    last = std::exchange(client_, nullptr);
  }
  if (!last) return unavailable("the store is closed already");
  return {};
}

}  // namespace strata::net
