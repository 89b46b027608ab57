#include "testing/fault_explorer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "env/posix_file_system.h"
#include "testing/temporary_directory.h"

namespace strata::testing {
namespace {

constexpr int kKeys = 7;

// Returns true if the store's stats report a background error, or if stats() itself fails.
bool reports_in_stats(Store& store) {
  const auto stats = store.stats();
  return !stats || std::ranges::find(*stats, "last_background_error", &Stat::name) != stats->end();
}

}  // namespace

std::string Expectations::violation(const Model& found) const {
  for (const auto& [key, values] : maybe_) {
    const auto it = found.find(key);
    if (it == found.end()) {
      if (sure_.contains(key)) return fmt::format("{} is lost", key);
    } else if (!values.contains(it->second)) {
      return fmt::format("{} is '{}', which it should not be", key, it->second);
    }
  }
  for (const auto& [key, value] : found)
    if (!maybe_.contains(key)) return fmt::format("{} was never written", key);
  return "";
}

FaultOutcome run_fault_trace(const FaultTrace& trace, env::FileSystem& fs,
                             const env::Path& directory) {
  FaultOutcome outcome;
  auto store = trace.open(fs, directory);
  if (!store) {
    outcome.reported = true;
    return outcome;
  }
  outcome.opened = true;
  for (int i = 0; i < trace.writes; ++i) {
    const std::string key = fmt::format("key{}", i % kKeys);
    const std::string value = fmt::format("value {} {}", i, std::string(30, 'x'));
    outcome.expected.issued(key, value);
    if ((*store)->put(key, value)) {
      outcome.expected.acknowledged(key, value);
      outcome.successes_after_failure += outcome.failures > 0;
    } else {
      ++outcome.failures;
    }
    if (!trace.after_write(**store, i)) outcome.reported = true;
    const auto read = (*store)->get(key);
    if (!read && read.error().code != ErrorCode::kIo)
      ADD_FAILURE() << "a read fails with " << read.error().message;
    outcome.reported |= !read;
  }
  outcome.reported |= outcome.failures > 0 || reports_in_stats(**store);
  outcome.reported |= !(*store)->close();
  return outcome;
}

void fail_every_call(const FaultTrace& trace, Fault what, bool sticky,
                     const std::function<void(const FaultOutcome&)>& check) {
  const auto counted = TemporaryDirectory::in_memory();
  FaultCalls counting({.what = what, .at = ~std::uint64_t{0}});
  env::PosixFileSystem counting_fs(counting);
  run_fault_trace(trace, counting_fs, counted.path() / "store");
  const std::uint64_t calls = counting.count();
  EXPECT_GT(calls, 20u);
  for (std::uint64_t at = 0; at < calls; ++at) {
    const auto directory = TemporaryDirectory::in_memory();
    const FaultPlan plan{.what = what, .at = at, .sticky = sticky};
    SCOPED_TRACE(plan.describe());
    FaultCalls faulty(plan);
    env::PosixFileSystem fs(faulty);
    const FaultOutcome outcome = run_fault_trace(trace, fs, directory.path() / "store");
    check(outcome);

    auto reopened = trace.open(env::posix_file_system(), directory.path() / "store");
    ASSERT_TRUE(reopened.has_value()) << reopened.error().message;
    const auto found = contents_of(**reopened);
    ASSERT_TRUE(found.has_value()) << found.error().message;
    ASSERT_EQ(outcome.expected.violation(*found), "");
    ASSERT_TRUE((*reopened)->put("after", "all").has_value());
  }
}

}  // namespace strata::testing
