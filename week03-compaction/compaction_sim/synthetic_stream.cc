#include "compaction_sim/synthetic_stream.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace strata::compaction {
namespace {

struct NamedKind {
  std::string_view name;
  StreamKind kind;
};
constexpr std::array kKinds{NamedKind{"uniform", StreamKind::kUniform},
                            NamedKind{"sequential", StreamKind::kSequential},
                            NamedKind{"zipfian", StreamKind::kZipfian}};

}  // namespace

std::optional<StreamKind> parse_stream_kind(std::string_view word) {
  const auto found = std::ranges::find(kKinds, word, &NamedKind::name);
  return found == kKinds.end() ? std::nullopt : std::optional(found->kind);
}

std::string_view name_of(StreamKind kind) {
  return std::ranges::find(kKinds, kind, &NamedKind::kind)->name;
}

SimOperation SyntheticStream::next() {
  const auto key = static_cast<std::uint32_t>(next_key());
  ++count_;
  return {.key = key, .deletes = random_.below(100) < options_.deletions};
}

std::uint64_t SyntheticStream::next_key() {
  switch (options_.kind) {
    case StreamKind::kUniform:
      return random_.below(options_.keys);
    case StreamKind::kSequential:
      return count_ % options_.keys;
    case StreamKind::kZipfian:
      return zipfian();
  }
  return 0;
}

// Zipf's law: the key of rank r is drawn with a probability in proportion to 1 / r. keys^u does
// that, if u is evenly distributed. Popular keys are spread over the whole range.
std::uint64_t SyntheticStream::zipfian() {
  constexpr std::uint64_t kStrewing = 0x9e3779b97f4a7c15;
  const double rank = std::pow(static_cast<double>(options_.keys), random_.fraction());
  return static_cast<std::uint64_t>(rank) * kStrewing % options_.keys;
}

}  // namespace strata::compaction
