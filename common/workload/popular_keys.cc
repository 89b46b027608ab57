#include "workload/popular_keys.h"

#include "workload/worker.h"

namespace strata::workload {
namespace {

std::variant<ScrambledZipfian, Latest> choice_of(const Job& job) {
  const Mix& mix = job.workload.mix;
  if (mix.latest) return Latest(job.keys.size());
  // As in YCSB: there is room for twice the expected inserts, so that the popular keys stay the
  // same.
  return ScrambledZipfian(job.keys.size() + job.operations * mix.insert / 100 * 2);
}

}  // namespace

PopularKeys::PopularKeys(const Job& job) : job_(job), choice_(choice_of(job)) {}

std::uint64_t PopularKeys::next(env::Random& random) {
  const std::uint64_t keys = job_.keys.size();
  if (auto* latest = std::get_if<Latest>(&choice_)) return latest->next(random, keys);
  for (;;)
    if (const std::uint64_t index = std::get<ScrambledZipfian>(choice_).next(random); index < keys)
      return index;
}

}  // namespace strata::workload
