// Turns measurements into what is printed: a table, ratios, distributions, JSON.
//
// Where there were several rounds, a row of the table is the round with the median
// throughput (the lower one of two), with the latencies of all rounds together. A ratio
// is taken round by round, between runs that lie close in time, and then the median of
// those: so a machine that slows down as it warms does not favour either store.
#pragma once

#include <string>
#include <vector>

#include "workload/measurement.h"
#include "workload/settings.h"

namespace strata::workload {

// How many times `store` was as fast as the baseline, in one workload.
struct Ratio {
  std::size_t step = 0;
  std::string workload = {};
  std::string store = {};
  std::vector<double> rounds = {};
};

std::vector<Ratio> ratios(const std::vector<Measurement>& measurements,
                          const std::string& baseline);

// One line: what was asked of every store.
std::string describe(const Settings& settings);

// A row for each workload and store, at most 100 columns; notes stand below.
std::string table(const std::vector<Measurement>& measurements);
std::string ratio_table(const std::vector<Ratio>& ratios, const std::string& baseline);
std::string distributions(const std::vector<Measurement>& measurements);

// One object: settings, results (one for each round), ratios. See json.cc for the names.
std::string json(const Settings& settings, const std::vector<Measurement>& measurements);

}  // namespace strata::workload
