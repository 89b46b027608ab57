#include "net/shared_stats.h"

#include <new>
#include <utility>

#include "net/messages.h"

namespace strata::net {

SharedStats::SharedStats(env::Clock& clock, env::Workers& workers, std::function<Response()> make)
    : clock_(clock), make_(std::move(make)), worker_(workers, 1) {}

void SharedStats::ask(const Request& request, const Context& context, Reply reply) {
  {
    const std::lock_guard lock(mutex_);
    asked_.push_back({request.id(), context, std::move(reply)});
    if (asked_.size() > 1) return;  // the worker will find it
  }
  try {
    worker_.post([this] { answer_all(); });
  } catch (...) {
    const std::lock_guard lock(mutex_);
    asked_.clear();  // lost, also those that counted on this one
    throw;
  }
}

// If memory runs out, the replies are destroyed without a call: they are lost.
void SharedStats::answer_all() try {
  std::vector<Ask> asked;
  {
    const std::lock_guard lock(mutex_);
    asked.swap(asked_);
  }
  std::erase_if(asked, [now = clock_.now()](Ask& ask) {
    if (ask.context.is_late(now))
      ask.reply(failed(ask.id, proto::Error::DEADLINE, "the time was over before its turn came"));
    else if (ask.context.is_cancelled())
      ask.reply(failed(ask.id, proto::Error::CANCELLED, "nobody waits for it any more"));
    else
      return false;
    return true;
  });
  if (asked.empty()) return;
  const Response made = make_();
  for (Ask& ask : asked) {
    Response answer = made;
    answer.set_id(ask.id);
    ask.reply(std::move(answer));
  }
} catch (const std::bad_alloc&) {
  return;
}

}  // namespace strata::net
