// STATS with the number of keys, for everybody who asks. Most stores read all keys to count them.
// Only one walk is made at a time, by a worker of its own; whoever asks meanwhile waits for the
// next one, which answers all of them.
//
// Thread-safety: ask() may be called from many threads at once.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "env/clock.h"
#include "net/service.h"
#include "net/task_queue.h"

namespace strata::net {

class SharedStats {
 public:
  // `make` makes the answer, on the worker of this object. It may throw std::bad_alloc only.
  // Lifetime: `clock` must outlive this object.
  SharedStats(env::Clock& clock, env::Workers& workers, std::function<Response()> make);

  // Blocks: never. The answer is DEADLINE if the request's time is over when its turn comes, and
  // CANCELLED if nobody waits for it any more.
  void ask(const Request& request, const Context& context, Reply reply);

 private:
  struct Ask {
    std::uint64_t id;
    Context context;
    Reply reply;
  };
  void answer_all();

  env::Clock& clock_;
  const std::function<Response()> make_;
  std::mutex mutex_;
  std::vector<Ask> asked_;  // guarded by mutex_
  TaskQueue worker_;        // last member: it uses all others
};

}  // namespace strata::net
