// Which keys a mix prefers, as in YCSB: always the same ones, or the newest ones.
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

  // An index below the current number of keys.
  std::uint64_t next(env::Random& random);

 private:
  const Job& job_;
  std::variant<ScrambledZipfian, Latest> choice_;
};

}  // namespace strata::workload
