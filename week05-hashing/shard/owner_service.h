// Answers requests about the keys that this server owns, out of its own store, and notes the
// changes of keys that are being moved away.
//
// Thread-safety: publish() by one thread at a time; all others may be called from many at once.
#pragma once

#include <string_view>
#include <vector>

#include "base/published.h"
#include "net/store_service.h"
#include "shard/ownership.h"

namespace strata::shard {

// Whose are the keys of a request?
enum class Whose {
  kMine,    // all of them
  kOthers,  // none of them
  kMixed,
};

// The points of all keys of a get or a write, its conditions included.
std::vector<Point> points_of(const net::Request& request);

class OwnerService {
 public:
  // Lifetime: `store` and `service` outlive this object; `service` is on `store`.
  OwnerService(Store& store, net::StoreService& service);

  // Requests that come from now on are answered by this one. The one before ends when the last
  // request that was let in under it has been answered.
  void publish(const Held& ownership) { ownership_.set(ownership); }

  bool serves(Point point) const { return ownership_.get()->serves.contains(point); }

  // Takes a get or a write whose keys are all its own. All others it does not touch.
  Whose serve(net::Request& request, const net::Context& context, net::Reply& reply);

  // Begins a scan of the keys on `points`, as they are at one moment. False: it does not serve all
  // of them, and has touched nothing.
  bool scan(const PointSet& points, net::Request& request, const net::Context& context,
            net::Reply& reply);
  // How many keys there are on `points`, or an error. False: as above. Reads them all.
  using Counted = std::move_only_function<void(Result<std::uint64_t>)>;
  bool count(const PointSet& points, Counted counted);

 private:
  Store& store_;
  net::StoreService& service_;
  Published<Ownership> ownership_;
};

}  // namespace strata::shard
