#include "checker/picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "histories.h"

namespace strata::checker {
namespace {

std::string picture_of(const History& history) {
  std::string text;
  write_picture(history, judge(history), [&](std::string_view line) { text += line; });
  return text;
}

TEST(Picture, ShowsOperationsZonesAndTheVerdict) {
  const History history{put("x", "1", {.called = 1, .returned = 4, .client = 7}),
                        get("x", "1", {.called = 6, .returned = 9, .client = 8}),
                        put("x", "2", {.called = 7, .client = 7}),
                        refused("x", "9", {.called = 10, .returned = 12, .client = 8})};
  EXPECT_EQ(picture_of(history),
            R"({"strata_trace": 1, "program": "strata-history"}
{"at": 1, "event": "called", "client": "7", "operation": 0, "key": "x", "what": "put x = 1"}
{"at": 4, "event": "returned", "operation": 0, "outcome": "ok", "what": "done"}
{"at": 6, "event": "called", "client": "8", "operation": 1, "key": "x", "what": "get x"}
{"at": 7, "event": "called", "client": "7", "operation": 2, "key": "x", "what": "put x = 2"}
{"at": 9, "event": "returned", "operation": 1, "outcome": "ok", "what": "saw 1"}
{"at": 10, "event": "called", "client": "8", "operation": 3, "key": "x", "what": "a write if x is 9"}
{"at": 12, "event": "returned", "operation": 3, "outcome": "refused", "what": "the condition did not hold"}
{"at": 12, "event": "zone", "key": "x", "value": "1", "begin": 4, "end": 6, "kind": "forward"}
{"at": 12, "event": "zone", "key": "x", "value": "2", "begin": 7, "end": 12, "kind": "backward"}
{"at": 12, "event": "linearizable", "operations": 4}
)");
}

TEST(Picture, NamesTheOperationsThatCannotBe) {
  const History history{put("x", "1", {.called = 1, .returned = 2}),
                        put("x", "2", {.called = 3, .returned = 4}),
                        get("y", std::nullopt, {.called = 5, .returned = 6}),
                        get("x", "1", {.called = 7, .returned = 8})};
  const std::string text = picture_of(history);
  EXPECT_THAT(text, ::testing::HasSubstr(R"("event": "violation", "operations": "0 1 3")"));
}

}  // namespace
}  // namespace strata::checker
