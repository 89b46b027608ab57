// Turns measurements into text: a table, ratios, distributions, JSON.
//
// If there are several rounds, a row of the table has the throughput of the median round (of two,
// the lower one) and the latencies of all rounds together. A ratio is computed for each round, from
// runs that are close in time; the result is the median of these ratios. So a machine that becomes
// slower as it warms up favours no store.
//
// Pure functions; they may be called from many threads.
#pragma once

#include <string>
#include <vector>

#include "workload/measurement.h"
#include "workload/settings.h"

namespace strata::workload {

// How many times as fast as the baseline `store` was in one workload, for each round.
struct Ratio {
  std::size_t step = 0;
  std::string workload = {};
  std::string store = {};
  std::vector<double> rounds = {};
};

std::vector<Ratio> ratios(const std::vector<Measurement>& measurements,
                          const std::string& baseline);

// The settings in one line.
std::string describe(const Settings& settings);

// One row for each workload and store, at most 100 columns wide. Notes are below the table.
std::string table(const std::vector<Measurement>& measurements);
std::string ratio_table(const std::vector<Ratio>& ratios, const std::string& baseline);
std::string distributions(const std::vector<Measurement>& measurements);

// One JSON object with settings, results (one for each round) and ratios. The names are in json.cc.
std::string json(const Settings& settings, const std::vector<Measurement>& measurements);

}  // namespace strata::workload
