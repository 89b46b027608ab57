// The store that a test of the suite works on, and how such a test is written. Private to the
// suite.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "testing/model.h"
#include "testing/results.h"
#include "testing/store_suite.h"
#include "testing/temporary_directory.h"

namespace strata::testing {

using Pairs = ListCursor::Pairs;

// The store of one test, in a directory of its own.
class Subject : public ::testing::Test {
 public:
  explicit Subject(OpenInDirectory open) : open_(std::move(open)) {}

 protected:
  void SetUp() override { reopen(); }

  void reopen() {
    if (store_) {
      ASSERT_TRUE(store_->close().has_value());
    }
    store_.reset();
    auto opened = open_(directory_.path() / "store");
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    store_ = *std::move(opened);
  }
  bool durable() const { return store_->capabilities().durable; }

  void put(std::string_view key, std::string_view value) {
    const auto written = store_->put(key, value);
    ASSERT_TRUE(written.has_value()) << written.error().message;
  }
  std::optional<std::string> get(std::string_view key, const ReadOptions& options = {}) {
    auto found = store_->get(key, options);
    EXPECT_TRUE(found.has_value()) << found.error().message;
    return found ? *found : std::nullopt;
  }
  Pairs scan(const ScanOptions& options) {
    Pairs entries;
    auto cursor = store_->scan(options);
    EXPECT_TRUE(cursor.has_value()) << cursor.error().message;
    while (cursor) {
      const auto entry = (*cursor)->next();
      EXPECT_TRUE(entry.has_value()) << entry.error().message;
      if (!entry || !*entry) break;
      entries.emplace_back((*entry)->key, (*entry)->value);
    }
    return entries;
  }
  void put_abc() {
    for (const std::string_view key : {"b", "a", "c"}) put(key, std::string(key) + "-value");
  }
  template <class T>
  static void expect_refused(const Result<T>& result) {
    ASSERT_FALSE(result.has_value());
    EXPECT_THAT(result, FailsWith(ErrorCode::kInvalidArgument)) << result.error().message;
  }

  const OpenInDirectory open_;
  const TemporaryDirectory directory_;
  std::unique_ptr<Store> store_;
};

// Defines a test of the suite: a class with a body, added by hand to the list at the end of its
// file.
#define STRATA_SUITE_TEST(Name)       \
  class Name final : public Subject { \
    using Subject::Subject;           \
    void TestBody() override;         \
  };                                  \
  void Name::TestBody()

template <class Test>
void add_to_suite(const std::string& suite, const char* name, const OpenInDirectory& open) {
  ::testing::RegisterTest(suite.c_str(), name, nullptr, nullptr, __FILE__, __LINE__,
                          [open]() -> Subject* { return std::make_unique<Test>(open).release(); });
}

// The second half of register_store_suite().
void register_replication_tests(const std::string& name, const OpenInDirectory& open);

}  // namespace strata::testing
