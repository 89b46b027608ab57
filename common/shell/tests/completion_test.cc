#include "shell/completion.h"

#include <gmock/gmock.h>

namespace strata::shell {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::vector<std::string> kNames = {"PUT", "GET", "COMMIT", "COMPACT", "HELP"};

TEST(CompleteVerb, TheOnlyOneIsWrittenOut) {
  const Completion completion = complete_verb(kNames, "  pu");
  EXPECT_EQ(completion.replace, 2u);
  EXPECT_EQ(completion.text, "PUT ");
}

TEST(CompleteVerb, SeveralAreCompletedAsFarAsTheyAgree) {
  const Completion completion = complete_verb(kNames, "c");
  EXPECT_EQ(completion.text, "COM");
  EXPECT_THAT(completion.candidates, ElementsAre("COMMIT", "COMPACT"));
}

TEST(CompleteVerb, AnEmptyLineShowsAll) {
  EXPECT_EQ(complete_verb(kNames, "").candidates, kNames);
  EXPECT_EQ(complete_verb(kNames, "").text, "");
}

TEST(CompleteVerb, AlsoBehindHelp) {
  EXPECT_EQ(complete_verb(kNames, "help g").text, "GET ");
  EXPECT_EQ(complete_verb(kNames, "help g").replace, 1u);
}

TEST(CompleteVerb, NothingElsewhere) {
  for (const char* typed : {"x", "GET p", "GET ", "HELP g e"})
    EXPECT_THAT(complete_verb(kNames, typed).candidates, IsEmpty()) << typed;
}

}  // namespace
}  // namespace strata::shell
