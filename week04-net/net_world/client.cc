#include "net_world/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "net/messages.h"
#include "store/write_batch.h"

namespace strata::world {
namespace {

using checker::Access;
using checker::Operation;
using checker::Value;
using net::proto::Error;
using std::chrono::milliseconds;

// Each thing that an action draws has random numbers of its own: the value of each word, by its
// place, and how long it waits.
constexpr std::uint64_t kPatience = 1000;

constexpr milliseconds kLate{40};  // after the deadline: clients look at it now and then

struct Verb {
  std::string_view name;
  std::size_t keys;
};
constexpr std::array<Verb, 7> kVerbs{
    {{"put", 1}, {"once", 1}, {"cas", 1}, {"batch", 2}, {"delete", 1}, {"get", 1}, {"scan", 0}}};

std::string text_of(const Value& value) { return value ? printable(*value) : "no value"; }

std::string text_of(const sim::Words& words, const Operation& operation) {
  std::string text = fmt::format("{}", fmt::join(words, " "));
  for (const Access& write : operation.written)
    if (write.value) text += fmt::format(" {}", printable(*write.value));
  return text;
}

}  // namespace

Client::Client(Shared& shared, Node& node, Record& record, std::uint64_t number, Habits habits)
    : shared_(shared),
      record_(record),
      caller_(shared, node, number),
      habits_(habits),
      name_(caller_.link().client) {
  for (const char* kind : {"done before", "outcome unknown", "not done", "condition refused",
                           "scan of many pages", "scan ended early"})
    shared_.probes.expect(kind);
}

bool Client::is_action(const sim::Words& words) {
  return std::ranges::any_of(kVerbs,
                             [&](const Verb& verb) {
                               return !words.empty() && words.front() == verb.name &&
                                      words.size() == verb.keys + 1;
                             }) &&
         (words.size() < 3 || words[1] != words[2]);
}

std::optional<Operation> Client::write_under_way() const {
  if (!doing_ || doing_->operation.written.empty()) return std::nullopt;
  return doing_->operation;
}

env::Random Client::draw(const Action& action, std::uint64_t what) const {
  return shared_.root.split(kClients)
      .split(caller_.number())
      .split(static_cast<std::uint64_t>(action.asked.time_since_epoch().count()))
      .split(what);
}

void Client::ask(sim::Words words) { ask({std::move(words), shared_.now(), false}); }
void Client::ask_healed(sim::Words words) { ask({std::move(words), shared_.now(), true}); }

void Client::ask(Action action) {
  waiting_.push_back(std::move(action));
  next();
}

void Client::next() {
  if (doing_ || waiting_.empty()) return;
  Action action = std::move(waiting_.front());
  waiting_.pop_front();
  begin(std::move(action));
}

void Client::begin(Action action) {
  env::Random random = draw(action, kPatience);
  const bool is_short = habits_.short_patience != random.one_in(4) && !action.must_succeed;
  const milliseconds patience(action.must_succeed ? 60'000
                              : is_short          ? 5 + random.below(300)
                                                  : 5000);
  doing_ = {.action = std::move(action),
            .number = record_.next_number(),
            .operation = {.client = name_},
            .deadline = shared_.now() + patience,
            .is_patient = !is_short};
  net::Request request = make_request();
  doing_->operation.called = record_.moment();
  if (shared_.observer.is_watching())
    shared_.observer.called(caller_.link().client, doing_->number,
                            text_of(doing_->action.words, doing_->operation));
  call(std::move(request));
}

net::Request Client::make_request() {
  const sim::Words& words = doing_->action.words;
  net::Request request;
  if (words[0] == "scan") {
    request.mutable_scan()->set_start("k");
    request.mutable_scan()->set_end("l");
  } else if (words[0] == "get") {
    request.mutable_get()->set_key(words[1]);
    doing_->operation.seen.push_back({words[1], {}});
  } else {
    make_write(*request.mutable_write());
  }
  return request;
}

void Client::make_write(net::proto::Write& write) {
  const sim::Words& words = doing_->action.words;
  Operation& operation = doing_->operation;
  WriteBatch batch;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const Value value = words[0] == "delete" ? Value() : Value(fresh_value(i));
    operation.written.push_back({words[i], value});
    value ? batch.put(words[i], record_.value_of(*value)) : batch.remove(words[i]);
  }
  net::add_operations(batch, write);
  if (words[0] == "cas") {
    const Value& expected = last_seen_[words[1]];
    operation.seen.push_back({words[1], expected});
    net::proto::Condition& condition = *write.add_conditions();
    condition.set_key(words[1]);
    expected ? condition.set_value(record_.value_of(*expected)) : condition.set_absent(true);
  }
  if (words[0] == "once") return;
  doing_->token = caller_.tokens().next();
  net::token_to(*doing_->token, *write.mutable_token());
}

// Its name says who wrote it, and when he was asked. Large ones soon fill a memtable.
std::string Client::fresh_value(std::size_t place) {
  env::Random random = draw(doing_->action, place);
  const bool is_large = habits_.large_values || random.one_in(16);
  const std::uint64_t size = is_large ? 500 + random.below(1000) : random.below(100);
  const sim::Moment asked = doing_->action.asked.time_since_epoch();
  return record_.name_value(fmt::format("{}@{}", caller_.link().client, sim::text_of(asked)),
                            doing_->action.words[place], std::string(size, 'v'));
}

void Client::call(net::Request request) {
  caller_.call(std::move(request), doing_->deadline,
               [this](const net::Response& response) { answered(response); });
}

void Client::answered(const net::Response& response) {
  if (shared_.now() > doing_->deadline + kLate)
    throw sim::Broken("answers come in time",
                      fmt::format("{} got its answer too late", doing_->action.words.front()));
  if (response.has_error())
    failed(response.error());
  else if (response.has_page())
    take_page(response.page());
  else
    done(response);
}

void Client::done(const net::Response& response) {
  Operation& operation = doing_->operation;
  if (response.write().repeated()) shared_.probes.hit("done before");
  if (response.has_get() && response.get().has_value())
    operation.seen.front().value = record_.name_of(response.get().value());
  for (const Access& seen : operation.seen) last_seen_[seen.key] = seen.value;
  for (const Access& write : operation.written) last_seen_[write.key] = write.value;
  operation.returned = record_.moment();
  record_.add(operation);
  end("ok", response.has_get() ? text_of(operation.seen.front().value) : "done");
}

void Client::failed(const Error& error) {
  Operation& operation = doing_->operation;
  const Error::Code code = error.code();
  const bool writes = !operation.written.empty();
  if (doing_->action.must_succeed)
    throw sim::Broken(std::string(sim::kLiveness),
                      fmt::format("{}, though nothing is broken", error.message()));
  if (code == Error::CONFLICT && doing_->action.words[0] == "cas") {
    shared_.probes.hit("condition refused");
    operation.written.clear();
    operation.refuted = std::exchange(operation.seen, {});
    operation.returned = record_.moment();
    record_.add(operation);
    return end("refused", "the condition does not hold");
  }
  if (!shared_.is_disturbed && doing_->is_patient)
    throw sim::Broken("answers are understood",
                      fmt::format("{}, though nothing was broken so far", error.message()));
  if (code == Error::UNKNOWN && writes) {
    shared_.probes.hit("outcome unknown");
    record_.add(operation);
    name_ = fmt::format("{}/{}", caller_.link().client, ++names_);
    return end("unknown", error.message());
  }
  const bool is_damaged = shared_.is_a_disk_damaged();
  const bool of_the_disk = (code == Error::IO && (shared_.has_a_disk_failed() || is_damaged)) ||
                           (code == Error::CORRUPTION && is_damaged);
  const bool is_understood =
      code == Error::UNAVAILABLE || code == Error::DEADLINE || of_the_disk ||
      (!writes && doing_->pages > 0 && (code == Error::UNKNOWN || code == Error::NOT_FOUND));
  if (!is_understood) throw sim::Broken("answers are understood", error.message());
  shared_.probes.hit(doing_->pages > 0 ? "scan ended early" : "not done");
  end("not done", error.message());
}

// All pages show one moment, which lies before the first one is here. Unless the disk is damaged:
// then each page counts when it comes.
void Client::take_page(const net::proto::ScanPage& page) {
  Operation& operation = doing_->operation;
  if (++doing_->pages == 1 || shared_.is_a_disk_damaged()) operation.returned = record_.moment();
  if (doing_->pages == 2) shared_.probes.hit("scan of many pages");
  for (const net::proto::Entry& entry : page.entries()) {
    if (!entry.key().starts_with('k') ||
        (!operation.seen.empty() && entry.key() <= operation.seen.back().key))
      throw sim::Broken("scans are in order", printable(entry.key()));
    operation.seen.push_back({entry.key(), record_.name_of(entry.value())});
  }
  if (page.cursor() != 0) {
    net::Request request;
    request.mutable_scan_next()->set_cursor(page.cursor());
    request.mutable_scan_next()->set_page(doing_->pages + 1);
    return call(std::move(request));
  }
  const std::size_t found = operation.seen.size();
  for (std::uint64_t number = 1; number <= kKeys; ++number) {
    const std::string key = fmt::format("k{}", number);
    if (std::ranges::find(operation.seen, key, &Access::key) == operation.seen.end())
      operation.seen.push_back({key, Value()});
  }
  add_scan();
  end("ok", fmt::format("{} keys", found));
}

void Client::add_scan() {
  const Operation& operation = doing_->operation;
  for (const Access& seen : operation.seen) last_seen_[seen.key] = seen.value;
  if (habits_.scans_are_one_moment) return record_.add(operation);
  for (const Access& seen : operation.seen) {
    Operation one = operation;
    one.seen = {seen};
    record_.add(std::move(one));
  }
}

void Client::end(std::string_view outcome, std::string_view what) {
  shared_.observer.returned(caller_.link().client, doing_->number, outcome, what);
  if (doing_->token) caller_.tokens().settle(*doing_->token);
  doing_.reset();
  shared_.queue.add(shared_.now(), this, [this] { next(); });
}

}  // namespace strata::world
