#include "shard/owner_service.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/thrown.h"
#include "net/hidden_keys.h"

namespace strata::shard {
namespace {

using net::Context;
using net::Reply;
using net::Request;
using net::Response;

// The keys of a write that are being moved away, and its client, whose token record changes with
// it. They are noted when the write has ended, whatever its outcome: also if its reply is destroyed
// without a call.
class Changing {
 public:
  Changing(const Ownership& ownership, const Request& request) {
    for (const Ownership::Leaving& leaving : ownership.leaving) {
      std::vector<std::string> keys;
      for (const auto& operation : request.write().operations())
        if (leaving.points.contains(hashing::point_of(operation.key())))
          keys.push_back(operation.key());
      if (keys.empty()) continue;
      if (request.write().has_token())
        keys.push_back(net::token_key(request.write().token().client()));
      changes_.emplace_back(leaving.changes, std::move(keys));
    }
  }
  Changing(Changing&&) = default;
  Changing& operator=(Changing&&) = delete;
  ~Changing() { note(); }

  void note() {
    for (const auto& [log, keys] : std::exchange(changes_, {}))
      for (const std::string& key : keys) log->note(key);
  }

 private:
  std::vector<std::pair<std::shared_ptr<ChangeLog>, std::vector<std::string>>> changes_;
};

}  // namespace

std::vector<Point> points_of(const Request& request) {
  std::vector<Point> points;
  if (request.has_get()) points.push_back(hashing::point_of(request.get().key()));
  for (const auto& operation : request.write().operations())
    points.push_back(hashing::point_of(operation.key()));
  for (const auto& condition : request.write().conditions())
    points.push_back(hashing::point_of(condition.key()));
  return points;
}

OwnerService::OwnerService(Store& store, net::StoreService& service)
    : store_(store), service_(service) {
  publish(std::make_shared<const Ownership>());
}

Whose OwnerService::serve(Request& request, const Context& context, Reply& reply) {
  Held held = ownership_.get();
  const std::vector<Point> points = points_of(request);
  const auto mine = static_cast<std::size_t>(
      std::ranges::count_if(points, [&](Point point) { return held->serves.contains(point); }));
  if (mine < points.size()) return mine == 0 ? Whose::kOthers : Whose::kMixed;
  if (held->leaving.empty() || !request.has_write()) {
    service_.handle(std::move(request), context,
                    [held = std::move(held), reply = std::move(reply)](Response response) mutable {
                      reply(std::move(response));
                    });
    return Whose::kMine;
  }
  Changing changing(*held, request);
  service_.handle(std::move(request), context,
                  [held = std::move(held), changing = std::move(changing),
                   reply = std::move(reply)](Response response) mutable {
                    changing.note();
                    reply(std::move(response));
                  });
  return Whose::kMine;
}

bool OwnerService::scan(const PointSet& points, Request& request, const Context& context,
                        Reply& reply) {
  Held held = ownership_.get();
  if (!held->serves.includes(points)) return false;
  service_.scan(
      std::move(request), context,
      [held = std::move(held), reply = std::move(reply)](Response response) mutable {
        reply(std::move(response));
      },
      [points](std::string_view key) { return points.contains(hashing::point_of(key)); });
  return true;
}

bool OwnerService::count(const PointSet& points, Counted counted) {
  Held held = ownership_.get();
  if (!held->serves.includes(points)) return false;
  service_.read(
      [&store = store_, held = std::move(held), points, counted = std::move(counted)]() mutable {
        const auto count = [&]() -> Result<std::uint64_t> {
          std::uint64_t keys = 0;
          STRATA_TRY(const auto cursor, store.scan({}));
          for (;;) {
            STRATA_TRY(const auto entry, cursor->next());
            if (!entry) return keys;
            if (!net::is_hidden(entry->key) && points.contains(hashing::point_of(entry->key)))
              ++keys;
          }
        };
        Result<std::uint64_t> result = 0;
        try {
          result = count();
        } catch (const std::exception& thrown) {
          result = error_of_read(thrown);
        }
        counted(std::move(result));
      });
  return true;
}

}  // namespace strata::shard
