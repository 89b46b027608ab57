// {"settings": {...}, "results": [...], "ratios": [...]}. Latencies are in nanoseconds, sizes in
// bytes; a megabyte is a million bytes. A missing figure is null.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"
#include "workload/report.h"

namespace strata::workload {
namespace {

std::string number_or_null(const auto& value) { return value ? fmt::format("{}", *value) : "null"; }

std::string text_or_null(const std::optional<std::string>& value) {
  return value ? json_string(*value) : "null";
}

std::string settings_object(const Settings& settings) {
  const Tuning& tuning = settings.tuning;
  return fmt::format(
      R"({{"num": {}, "reads": {}, "key_size": {}, "value_size": {}, "threads": {}, )"
      R"("rounds": {}, "sync": {}, "seed": {}, "write_buffer": {}, "cache": {}, )"
      R"("filter_bits": {}, "compression": {}, "baseline": {}}})",
      settings.num, settings.operations(), settings.key_size, settings.value_size, settings.threads,
      settings.rounds, json_string(name_of(settings.sync)), settings.seed,
      number_or_null(tuning.write_buffer), number_or_null(tuning.cache),
      number_or_null(tuning.filter_bits), text_or_null(tuning.compression),
      text_or_null(settings.baseline));
}

std::string latency_object(const Histogram& latency) {
  return fmt::format(R"({{"mean": {}, "p50": {}, "p95": {}, "p99": {}, "p99.9": {}, "max": {}}})",
                     latency.mean().count(), latency.percentile(50).count(),
                     latency.percentile(95).count(), latency.percentile(99).count(),
                     latency.percentile(99.9).count(), latency.max().count());
}

std::string figures(const Measurement& each) {
  return fmt::format(
      R"("operations": {}, "seconds": {}, "operations_per_second": {}, )"
      R"("megabytes_per_second": {}, "found": {}, "syncs_per_write": {}, "latency_ns": {})",
      each.operations, each.seconds(), each.operations_per_second(), each.megabytes_per_second(),
      each.tally.found, number_or_null(each.syncs_per_write), latency_object(each.tally.latency));
}

std::string result_object(const Measurement& each) {
  const std::string rest = each.skipped ? R"("skipped": true)" : figures(each);
  return fmt::format(R"(  {{"round": {}, "workload": {}, "store": {}, "note": {}, {}}})",
                     each.round, json_string(each.workload), json_string(each.store),
                     json_string(each.note), rest);
}

std::string ratio_object(const Ratio& ratio) {
  return fmt::format(R"(  {{"workload": {}, "store": {}, "median": {}, "rounds": [{}]}})",
                     json_string(ratio.workload), json_string(ratio.store), median(ratio.rounds),
                     fmt::join(ratio.rounds, ", "));
}

std::string array(const std::vector<std::string>& elements) {
  return fmt::format("[\n{}\n]", fmt::join(elements, ",\n"));
}

}  // namespace

std::string json(const Settings& settings, const std::vector<Measurement>& measurements) {
  std::vector<std::string> results;
  for (const Measurement& each : measurements) results.push_back(result_object(each));
  std::vector<std::string> compared;
  if (settings.baseline)
    for (const Ratio& ratio : ratios(measurements, *settings.baseline))
      compared.push_back(ratio_object(ratio));
  return fmt::format("{{\"settings\": {},\n\"results\": {},\n\"ratios\": {}}}\n",
                     settings_object(settings), array(results), array(compared));
}

}  // namespace strata::workload
