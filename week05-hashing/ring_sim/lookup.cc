#include "ring_sim/lookup.h"

#include <fmt/format.h>

#include <chrono>

#include "env/random.h"
#include "ring_sim/schemes.h"

namespace strata::hashing {
namespace {

using Nanoseconds = std::chrono::duration<double, std::nano>;
using Milliseconds = std::chrono::duration<double, std::milli>;

// The time of `keys` lookups.
Nanoseconds time_lookups(Scheme& scheme, const Settings& settings, const env::Clock& clock) {
  env::Random points(settings.seed);
  Point last = 0;  // a part of the next key, so that the next lookup has to wait
  const auto begun = clock.steady();
  for (std::uint64_t key = 0; key < settings.keys; ++key)
    last = scheme.place(points.next() ^ last).value();
  return clock.steady() - begun;
}

}  // namespace

Table lookup_table(const Settings& settings, const env::Clock& clock) {
  Table table{.title = fmt::format("Lookup: {} servers, {} virtual nodes each, {} lookups",
                                   settings.servers, settings.virtual_nodes.front(), settings.keys),
              .columns = {{"scheme", false}, {"memory KiB"}, {"build ms"}, {"lookup ns"}},
              .bar_column = 3,
              .note = "The times are measured: they differ from run to run."};
  for (const std::string& name : settings.schemes) {
    const auto begun = clock.steady();
    Scheme scheme = make_scheme(name, members_of(settings), settings);
    const Milliseconds build = clock.steady() - begun;
    const Nanoseconds lookups = time_lookups(scheme, settings, clock);
    table.rows.push_back(
        {name, fmt::format("{:.1f}", static_cast<double>(scheme.memory_bytes) / 1024),
         fmt::format("{:.2f}", build.count()),
         fmt::format("{:.1f}", lookups.count() / static_cast<double>(settings.keys))});
  }
  return table;
}

}  // namespace strata::hashing
