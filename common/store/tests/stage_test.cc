#include "store/stage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/memory_store.h"
#include "testing/results.h"

namespace strata {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;

Stage stage(std::string name) {
  return {std::move(name), "for a test", [](const StageOptions&) -> Result<std::unique_ptr<Store>> {
            return std::make_unique<MemoryStore>();
          }};
}

// Registered before main, like a week's stage.cc does it, and not in the order of their names.
const bool kRegistered = [] {
  register_stage(stage("week02"));
  register_stage(stage("week01"));
  register_dumper({"first", [](ByteView head) { return as_text(head).starts_with("1"); }, nullptr});
  register_dumper({"second", [](ByteView) { return true; }, nullptr});
  return true;
}();

TEST(Stages, AreSortedByNameWhateverTheLinkOrder) {
  ASSERT_EQ(stages().size(), 2u);
  EXPECT_EQ(stages()[0].name, "week01");
  EXPECT_EQ(stages()[1].name, "week02");
}

TEST(Stages, AreFoundByNameAndOpened) {
  const auto found = find_stage("week02");
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ((*found)->name, "week02");
  EXPECT_THAT((*found)->open({}), IsOk());
}

TEST(Stages, AnUnknownOneIsRefusedNamingThoseThereAre) {
  const auto unknown = find_stage("week03");
  ASSERT_THAT(unknown, FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(unknown.error().message, HasSubstr("'week03'"));
  EXPECT_THAT(unknown.error().message, HasSubstr("week01, week02"));
}

TEST(Dumpers, AreAskedInTheOrderOfRegistration) {
  ASSERT_EQ(dumpers().size(), 2u);
  EXPECT_EQ(dumpers()[0].kind, "first");
  EXPECT_TRUE(dumpers()[0].matches(as_bytes("1x")));
  EXPECT_FALSE(dumpers()[0].matches(as_bytes("2x")));
}

}  // namespace
}  // namespace strata
