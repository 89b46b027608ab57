// Whom to ask for a key.
#include "shard/route.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "map_servers.h"
#include "testing/results.h"

namespace strata::shard {
namespace {

using testing::FailsWith;

ClusterMap map_of(std::uint64_t count) {
  Servers servers;
  for (std::uint64_t number = 1; number <= count; ++number) servers.push_back(server(number));
  return first_map(7, servers).value();
}

// A point that moves when the fourth server joins.
Point moving_point(const MapView& view) {
  for (int i = 0;; ++i) {
    const Point point = hashing::point_of(fmt::format("key{}", i));
    if (view.before.owner(point) != view.after->owner(point)) return point;
  }
}

TEST(Route, LeadsToTheOwner) {
  const MapView view(map_of(3));
  const Point point = hashing::point_of("key");
  Route route = Route::to(view, {point}).value();
  EXPECT_EQ(route.next(), view.before.owner(point));
  EXPECT_EQ(route.next(), view.before.owner(point)) << "until it refuses";
  route.refused(view.before.owner(point), std::nullopt);
  EXPECT_EQ(route.next(), std::nullopt);
}

TEST(Route, WhileAKeyMovesTheSourceComesFirstAndThenTheTarget) {
  const MapView view(joined(map_of(3), server(4)).value());
  const Point point = moving_point(view);
  Route route = Route::to(view, {point}).value();
  EXPECT_EQ(route.next(), view.before.owner(point));
  route.refused(view.before.owner(point), std::nullopt);
  EXPECT_EQ(route.next(), server(4).id);
  route.refused(server(4).id, std::nullopt);
  EXPECT_EQ(route.next(), std::nullopt);
}

TEST(Route, FollowsWhoKnowsBetter) {
  const MapView view(map_of(3));
  const Point point = hashing::point_of("key");
  const ServerId owner = view.before.owner(point);
  Route route = Route::to(view, {point}).value();
  route.refused(owner, ServerId(77));
  EXPECT_EQ(route.next(), ServerId(77));
  route.refused(ServerId(77), owner);  // which has refused
  EXPECT_EQ(route.next(), std::nullopt) << "no circle";
}

TEST(Route, KeysOfSeveralServersAreRefusedInWords) {
  const MapView view(map_of(3));
  const Point one = hashing::point_of("key");
  Point other = one;
  for (int i = 0; view.before.owner(other) == view.before.owner(one); ++i)
    other = hashing::point_of(fmt::format("key{}", i));
  const auto refused = Route::to(view, {one, other});
  EXPECT_THAT(refused, FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("belong to several servers"));
}

TEST(Route, KeysThatComeTogetherLaterAreAskedForThere) {
  const MapView view(joined(map_of(3), server(4)).value());
  const Point moves = moving_point(view);
  // It belongs to the new server, too, and comes from somewhere else.
  Point other = moves;
  for (int i = 0; view.after->owner(other) != server(4).id ||
                  view.before.owner(other) == view.before.owner(moves);
       ++i)
    other = hashing::point_of(fmt::format("key{}", i));
  Route route = Route::to(view, {moves, other}).value();
  EXPECT_EQ(route.next(), server(4).id);
}

TEST(MapView, PartsAreAllPointsOnce) {
  for (const ClusterMap& map :
       {map_of(3), joined(map_of(3), server(4)).value(), left(map_of(3), "n2").value()}) {
    const MapView view(map);
    PointSet all;
    for (const MapView::Part& part : view.parts()) {
      EXPECT_FALSE(all.intersects(part.points));
      all = all | part.points;
      for (const hashing::PointRange& range : part.points.ranges())
        EXPECT_EQ(view.candidates(range.first), part.candidates);
    }
    EXPECT_EQ(all, PointSet::all());
  }
}

}  // namespace
}  // namespace strata::shard
