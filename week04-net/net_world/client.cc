#include "net_world/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "net/messages.h"
#include "sim/subject.h"
#include "store/write_batch.h"

namespace strata::world {
namespace {

using checker::Operation;
using net::proto::Error;

constexpr std::uint64_t kNames = 1'000'000;  // of one client

struct Action {
  std::string_view verb;
  std::size_t keys;
};
constexpr std::array<Action, 5> kActions{
    {{"put", 1}, {"get", 1}, {"delete", 1}, {"cas", 1}, {"batch", 2}}};

}  // namespace

checker::History Record::history() const {
  checker::History history;
  for (const auto& operation : operations_)
    if (operation && (operation->is_known() || !operation->written.empty()))
      history.push_back(*operation);
  return history;
}

Client::Client(Shared& shared, Node& node, Record& record, std::uint64_t number)
    : shared_(shared),
      record_(record),
      caller_(shared, node, number),
      number_(number),
      name_(number * kNames),
      random_(shared.stream(kClients, number)) {
  for (const char* kind : {"done before", "outcome unknown", "not done", "condition refused"})
    shared_.probes.expect(kind);
}

bool Client::is_action(const sim::Words& words) {
  return std::ranges::any_of(kActions,
                             [&](const Action& action) {
                               return words.size() == action.keys + 1 &&
                                      words.front() == action.verb;
                             }) &&
         (words.size() == 2 || words[1] != words[2]);
}

void Client::ask(sim::Words words) {
  waiting_.push_back(std::move(words));
  next();
}

void Client::next() {
  if (doing_ || waiting_.empty()) return;
  const sim::Words words = std::move(waiting_.front());
  waiting_.pop_front();
  begin(words);
}

void Client::begin(const sim::Words& words) {
  const std::chrono::milliseconds patience(random_.one_in(4) ? 5 + random_.below(300) : 5000);
  net::Request request;
  Operation operation = make(words, request);
  operation.client = name_;
  if (request.has_write()) {
    token_ = caller_.tokens().next();
    net::token_to(*token_, *request.mutable_write()->mutable_token());
  }
  doing_ = record_.begin(std::move(operation));
  caller_.call(std::move(request), shared_.now() + patience,
               [this](const net::Response& response) { answered(response); });
}

Operation Client::make(const sim::Words& words, net::Request& request) {
  const std::string& verb = words[0];
  Operation operation;
  if (verb == "get") {
    request.mutable_get()->set_key(words[1]);
    operation.seen.push_back({words[1], {}});
    return operation;
  }
  for (std::size_t i = 1; i < words.size(); ++i)
    operation.written.push_back(
        {words[i], verb == "delete" ? checker::Value() : checker::Value(fresh_value())});
  WriteBatch batch;
  for (const checker::Access& write : operation.written)
    write.value ? batch.put(write.key, *write.value) : batch.remove(write.key);
  net::add_operations(batch, *request.mutable_write());
  if (verb == "cas") {
    const checker::Value& expected = last_seen_[words[1]];
    operation.seen.push_back({words[1], expected});
    net::proto::Condition& condition = *request.mutable_write()->add_conditions();
    condition.set_key(words[1]);
    expected ? condition.set_value(*expected) : condition.set_absent(true);
  }
  return operation;
}

// No other write has it. Its size varies.
std::string Client::fresh_value() {
  return fmt::format("c{}-{}-{}", number_, ++written_, std::string(random_.below(60), 'v'));
}

void Client::answered(const net::Response& response) {
  note(response);
  if (token_) caller_.tokens().settle(*token_);
  token_.reset();
  doing_.reset();
  shared_.queue.add(shared_.now(), this, [this] { next(); });
}

// What the answer says goes into the record.
void Client::note(const net::Response& response) {
  Operation& operation = record_.at(*doing_);
  if (response.has_error()) {
    const Error::Code code = response.error().code();
    if (code == Error::CONFLICT && !operation.seen.empty()) {
      shared_.probes.hit("condition refused");
      operation.written.clear();
      operation.refuted = std::exchange(operation.seen, {});
      record_.end(*doing_);
    } else if (code == Error::UNKNOWN && !operation.written.empty()) {
      shared_.probes.hit("outcome unknown");
      ++name_;
    } else if (code == Error::UNAVAILABLE || code == Error::DEADLINE) {
      shared_.probes.hit("not done");
      record_.forget(*doing_);
    } else {
      throw sim::Broken("answers are understood", response.error().message());
    }
    return;
  }
  if (response.write().repeated()) shared_.probes.hit("done before");
  if (response.has_get())
    operation.seen.front().value =
        response.get().has_value() ? checker::Value(response.get().value()) : checker::Value();
  for (const checker::Access& seen : operation.seen) last_seen_[seen.key] = seen.value;
  for (const checker::Access& write : operation.written) last_seen_[write.key] = write.value;
  record_.end(*doing_);
}

}  // namespace strata::world
