// What an experiment is about: how many servers, how many keys, which schemes.
//
// Thread-safety: plain data and pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hashing/ring.h"

namespace strata::hashing {

struct Settings {
  std::string table = "balance";  // one of table_names()
  std::vector<std::string> schemes = {"ring"};
  std::uint64_t servers = 10;
  std::vector<std::uint32_t> virtual_nodes = {kVirtualNodes};  // not empty
  std::uint64_t keys = 1'000'000;
  std::uint64_t rings = 5;  // of each row of "points"
  double slack = 0.1;       // of bounded loads
  std::uint64_t seed = 1;
};

inline constexpr std::uint64_t kMostServers = 10'000;
inline constexpr std::uint64_t kMostVirtualNodes = 100'000;  // of a server
inline constexpr std::uint64_t kMostSeed = 1'000'000'000'000;

// balance, moves, lookup, points, quorum.
std::span<const std::string_view> table_names();

// These fail with kInvalidArgument and say which words there are.
Result<void> parse_table(std::string_view word);
// "ring,jump", or "all".
Result<std::vector<std::string>> parse_schemes(std::string_view text);

// One row for each number in "points" and "quorum"; one number for the other tables.
std::vector<std::uint32_t> default_virtual_nodes(std::string_view table);

// kInvalidArgument if the settings do not fit together. Requires: each of them is in its range.
Result<void> check_settings(const Settings& settings);

// The servers of an experiment. Their ids count up from a number that depends on the seed. So they
// stand somewhere else on the ring with each seed.
std::vector<Member> members_of(const Settings& settings);
// The place of a server in members_of(settings).
std::size_t place_of(const Settings& settings, ServerId server);

}  // namespace strata::hashing
