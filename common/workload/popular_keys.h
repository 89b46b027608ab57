// Which keys a mix prefers, as YCSB has it: some all the time, or those that came last.
#pragma once

#include <variant>

#include "workload/distribution.h"

namespace strata::workload {

struct Job;

// Thread-safety: none; each thread has its own.
class PopularKeys {
 public:
  // Requires: the job is a mix.
  explicit PopularKeys(const Job& job);

  // An index below the number of keys that there are now.
  std::uint64_t next(env::Random& random);

 private:
  const Job& job_;
  std::variant<ScrambledZipfian, Latest> choice_;
};

}  // namespace strata::workload
