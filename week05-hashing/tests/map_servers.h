// Servers for maps. Thread-safety: pure functions.
#pragma once

#include <fmt/format.h>

#include "shard/cluster_map.h"

namespace strata::shard {

// "n1", "n2" …
inline Server server(std::uint64_t number) {
  return {.id = ServerId(number * 1000),
          .name = fmt::format("n{}", number),
          .address = fmt::format("127.0.0.1:{}", 4500 + number)};
}

}  // namespace strata::shard
