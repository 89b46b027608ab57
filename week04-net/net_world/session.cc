#include "net_world/session.h"

#include <algorithm>
#include <utility>

#include "net/handshake.h"
#include "net/messages.h"

namespace strata::world {

using net::Handed;
using net::Response;

Session::Session(Shared& shared, Node& node, const Link& link, std::uint64_t number,
                 Pipe::Ends ends, Pipe::Receive client)
    : shared_(shared),
      node_(node),
      link_(link),
      life_(node.life()),
      peer_{.id = number},
      protocol_(node.protocol(), net::fresh_nonce(node.entropy()), node.now()),
      to_client_(shared, link, std::move(ends), std::move(client)) {
  node_.sessions()[number] = this;
}

Session::~Session() { node_.sessions().erase(peer_.id); }

void Session::receive(std::string_view bytes) {
  if (is_over()) return;
  arrived_ += bytes;
  if (bytes.empty()) protocol_.ended(node_.now());
  go_on();
  if (bytes.empty()) close();
}

void Session::pause_until(env::TimePoint time) {
  shared_.queue.postpone_all(this, time);
  if (from_client_ && !is_over()) from_client_->delay_until(time);
}

void Session::tick() {
  if (is_over() || node_.is_paused()) return;
  protocol_.tick(node_.now());
  go_on();
}

void Session::go_on() {
  std::string bytes;  // protocol_ uses them until it has no request left
  for (;;) {
    do {
      handing_over_ = true;
      while (const Handed* request = protocol_.next(node_.now(), 0)) hand_over(*request);
      handing_over_ = false;
      flush();
    } while (protocol_.ready(0));
    if (arrived_.empty() || !protocol_.wants_bytes(0)) break;
    bytes = std::exchange(arrived_, {});
    protocol_.received(bytes, node_.now());
  }
  protocol_.check_invariants();
  if (!is_dead() && (protocol_.over() || protocol_.is_shut())) close();
}

void Session::resume() {
  if (!is_over() && !node_.is_paused()) go_on();
}

void Session::flush() {
  while (!is_dead() && !protocol_.to_send().empty()) {
    const std::string_view bytes = protocol_.to_send();
    const std::size_t size = std::min(bytes.size(), to_client_.room());
    if (size == 0) return protocol_.blocked(node_.now());
    to_client_.not_before(node_.take_busy_until());
    to_client_.send(bytes.substr(0, size));
    protocol_.taken(size, node_.now());
  }
}

void Session::close() {
  if (peer_.is_gone.exchange(true)) return;
  protocol_.closed();
  to_client_.end();
}

void Session::hand_over(const Handed& request) {
  net::Request& asked = protocol_.request();
  const net::Context context{
      .peer = &peer_, .deadline = request.deadline, .hops = asked.hops(), .more = true};
  node_.flush_later();
  node_.service().handle(std::move(asked), context,
                         [self = shared_from_this(), &request](Response response) {
                           self->answer(request, std::move(response));
                         });
}

void Session::answer(const Handed& request, Response response) {
  if (is_over()) return;
  if (!handing_over_ && !node_.answers_in_place())
    return answer_from_elsewhere(request, std::move(response));
  protocol_.answer(request, std::move(response), node_.now(), 0, arriving_);
  if (!handing_over_) go_on();
}

// Another thread has the answer, when the disk has done what that thread asked of it. It takes some
// time until this one sees it.
void Session::answer_from_elsewhere(const Handed& request, Response response) {
  response.set_id(request.id);
  std::string frame;
  net::append_message(response, frame);
  arriving_ += frame.size();
  env::Random random = shared_.draw(kSessions, link_.number);
  const env::TimePoint done = shared_.now() + node_.disk().files().busy_time();
  shared_.queue.add(some_time_after(done, std::chrono::milliseconds(1), random), this,
                    [self = shared_from_this(), &request, frame = std::move(frame),
                     is_error = response.has_error()] {
                      self->arriving_ -= frame.size();
                      if (self->is_over()) return;
                      self->protocol_.answered(request, frame, is_error, self->node_.now());
                      self->go_on();
                    });
}

}  // namespace strata::world
