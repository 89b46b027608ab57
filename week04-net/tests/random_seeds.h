// The seeds of a random test. Each run of the program tries others, and with --gtest_shuffle so
// does each repetition.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace strata::net {

inline std::uint64_t first_seed() {
  constexpr std::uint64_t kMost = 1'000'000;  // in one run
  return static_cast<std::uint64_t>(::testing::UnitTest::GetInstance()->random_seed()) * kMost;
}

// What a failure prints: the seed, and what to pass to the program to run it again.
inline std::string again(std::uint64_t seed) {
  const auto& program = *::testing::UnitTest::GetInstance();
  const auto& test = *program.current_test_info();
  return "seed " + std::to_string(seed) + "; again: --gtest_filter=" + test.test_suite_name() +
         "." + test.name() +
         " --gtest_shuffle --gtest_random_seed=" + std::to_string(program.random_seed());
}

}  // namespace strata::net
