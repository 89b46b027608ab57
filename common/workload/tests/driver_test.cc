// strata-load from arguments to exit status.
#include "workload/driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "env/temporary_directory.h"
#include "workload/peers/peers.h"
#include "workload/workload.h"

namespace strata::workload {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct Outcome {
  int status;
  std::string out;
  std::string err;
};

Outcome drive(std::vector<std::string> arguments, std::vector<Target> others = peers()) {
  std::vector<const char*> argv = {"strata-load"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  std::ostringstream out;
  std::ostringstream err;
  const int status =
      run_driver(static_cast<int>(argv.size()), argv.data(), std::move(others), out, err);
  return {status, out.str(), err.str()};
}

// Just enough of a parser to say whether text is one JSON value and nothing else.
class JsonCheck {
 public:
  static bool accepts(std::string_view text) {
    JsonCheck check{text};
    return check.value() && (check.skip(), check.rest_.empty());
  }

 private:
  explicit JsonCheck(std::string_view text) : rest_(text) {}

  void skip() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \n"), rest_.size())); }
  bool take(std::string_view token) {
    skip();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  bool text() {
    if (!take("\"")) return false;
    while (!rest_.empty() && rest_.front() != '"')
      rest_.remove_prefix(rest_.front() == '\\' ? 2 : 1);
    return take("\"");
  }
  bool number() {
    skip();
    const auto size = std::min(rest_.find_first_not_of("+-.0123456789e"), rest_.size());
    rest_.remove_prefix(size);
    return size > 0;
  }
  bool list(std::string_view end, auto element) {
    if (take(end)) return true;
    do
      if (!element()) return false;
    while (take(","));
    return take(end);
  }
  bool value() {
    if (take("{")) return list("}", [&] { return text() && take(":") && value(); });
    if (take("[")) return list("]", [&] { return value(); });
    return text() || take("null") || take("true") || take("false") || number();
  }

  std::string_view rest_;
};

TEST(Driver, RefusesUnknownWordsInOneLineWithStatusTwo) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"--stores=nosuch", "nosuch"},
      {"--workloads=nosuch", "nosuch"},
      {"--nosuch", "nosuch"},
      {"nosuch", "nosuch"},
      {"--sync=nosuch", "nosuch"},
      {"--num=0", "num"},
      {"--num=many", "many"},
      {"--threads=0", "threads"},
      {"--key-size=2", "key-size"},
      {"--value-size=99999999", "value-size"},
      {"--baseline=leveldb", "leveldb"},
      {"--stores=memory,memory", "twice"},
      {"--compression=zstd", "memory cannot"}};
  for (const auto& [argument, word] : cases) {
    const auto outcome = drive({argument});
    EXPECT_EQ(outcome.status, kMisused) << argument;
    EXPECT_EQ(outcome.out, "") << argument;
    EXPECT_THAT(outcome.err, HasSubstr(word)) << argument;
    EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1) << argument;
  }
}

TEST(Driver, NamesThePackageOfAPeerThatIsNotCompiledIn) {
  const Target absent{
      .name = "absent", .summary = "not here", .open = {}, .missing_package = "libabsent-dev"};
  const auto outcome = drive({"--stores=absent"}, {absent});
  EXPECT_EQ(outcome.status, kMisused);
  EXPECT_THAT(outcome.err, HasSubstr("libabsent-dev"));
  EXPECT_THAT(drive({"--list"}, {absent}).out, HasSubstr("libabsent-dev"));
}

TEST(Driver, ListsStoresAndWorkloadsAndHelps) {
  const auto list = drive({"--list"});
  EXPECT_EQ(list.status, kOk);
  for (const Workload& workload : workloads())
    EXPECT_THAT(list.out, HasSubstr(std::string(workload.name)));
  EXPECT_THAT(list.out, AllOf(HasSubstr("memory"), HasSubstr("lmdb")));
  EXPECT_THAT(drive({"--help"}).out, AllOf(HasSubstr("Examples:"), HasSubstr("--baseline")));
}

TEST(Driver, PrintsATableOfAtMostAHundredColumns) {
  const auto outcome =
      drive({"--stores=memory", "--workloads=fillseq,readwhilewriting,crash_reopen", "--num=1000",
             "--threads=2", "--repeat=2", "--histogram"});
  ASSERT_EQ(outcome.status, kOk) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("fillseq"), HasSubstr("readwhilewriting"),
                                 HasSubstr("p99.9"), HasSubstr("skipped")));
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
}

TEST(Driver, ComparesRoundByRoundAndWritesJson) {
  // A second store under another name, so that the test needs no peer.
  auto targets = all_targets({});
  targets.front().name = "twin\"s";
  const auto outcome =
      drive({"--stores=memory,twin\"s", "--baseline=memory", "--repeat=3", "--num=500",
             "--workloads=fillrandom,readrandom,crash_reopen", "--json=-"},
            {targets.front()});
  ASSERT_EQ(outcome.status, kOk) << outcome.err;
  EXPECT_TRUE(JsonCheck::accepts(outcome.out)) << outcome.out;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("\"round\": 3"), HasSubstr("\"median\": "),
                                 HasSubstr("\"p99.9\": "), HasSubstr("twin\\\"s")));
  EXPECT_THAT(outcome.err, HasSubstr("ops/s over memory's"));
}

TEST(Driver, LeavesNothingBehindUnlessAskedTo) {
  const auto place = env::TemporaryDirectory::make({}, "strata-load").value();
  const auto run = [&](std::vector<std::string> more) {
    more.insert(more.end(), {"--dir=" + place->path().string(), "--num=100"});
    return drive(std::move(more)).status;
  };
  EXPECT_EQ(run({}), kOk);
  EXPECT_TRUE(std::filesystem::is_empty(place->path()));
  EXPECT_EQ(run({"--keep"}), kOk);
  EXPECT_FALSE(std::filesystem::is_empty(place->path()));
}

TEST(Driver, ReportsAFailingStoreWithStatusOne) {
  const Target broken{.name = "broken",
                      .summary = "",
                      .open = [](const TargetOptions&) -> Result<std::unique_ptr<Store>> {
                        return io_error("the disk is gone");
                      }};
  const auto outcome = drive({"--stores=broken"}, {broken});
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("fillrandom on broken"), HasSubstr("disk is gone")));
  EXPECT_EQ(drive({"--dir=/nonexistent"}).status, kFailed);
  EXPECT_EQ(drive({"--num=10", "--json=/nonexistent/x"}).status, kFailed);
}

TEST(Driver, ShowsProgressOnlyWhereItIsWanted) {
  EXPECT_THAT(drive({"--num=100", "--progress"}).err, HasSubstr("fillrandom: "));
  EXPECT_EQ(drive({"--num=100", "--progress=false"}).err, "");
}

TEST(Driver, SaysWhichStoreAnOptionDoesNotTouch) {
  EXPECT_THAT(drive({"--num=100", "--write-buffer=8"}).err, HasSubstr("memory takes no"));
}

}  // namespace
}  // namespace strata::workload
