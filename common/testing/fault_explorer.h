// Makes every system call of a store fail, one after the other, and checks what happens.
//
// A sequence of writes (a trace) runs on the real file system, once for each system call that it
// makes. In each run, that one call fails. Reads must work during the run. Afterwards the store is
// opened again without faults: what was acknowledged must be there, what was never written must
// not, and the store must accept writes.
//
// These are S3 to S5 in common/docs/reliability.md.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "env/file_system.h"
#include "store/store.h"
#include "testing/fault_calls.h"
#include "testing/model.h"

namespace strata::testing {

// Which values the keys may have when the outcome of some writes is unknown.
class Expectations {
 public:
  void issued(const std::string& key, const std::string& value) { maybe_[key].insert(value); }
  void acknowledged(const std::string& key, const std::string& value) {
    maybe_[key] = {value};
    sure_.insert(key);
  }
  // What is wrong with `found`, in words; empty if nothing is.
  std::string violation(const Model& found) const;

 private:
  // For each key: the value that was acknowledged last, and the values of later writes that failed.
  std::map<std::string, std::set<std::string>> maybe_;
  std::set<std::string> sure_;  // keys that have an acknowledged write
};

// How a trace went.
struct FaultOutcome {
  Expectations expected;
  bool opened = false;
  bool reported = false;  // an error was returned, or is in the stat last_background_error
  int failures = 0;
  int successes_after_failure = 0;
};

struct FaultTrace {
  std::function<Result<std::unique_ptr<Store>>(env::FileSystem&, const env::Path&)> open;
  int writes = 14;
  // Called after each write, with its number, for example to flush. An error counts as reported.
  std::function<Result<void>(Store&, int)> after_write = [](Store&, int) { return Result<void>(); };
};

// Opens a store, writes to it even after errors, and closes it. Fails the test if a read fails.
FaultOutcome run_fault_trace(const FaultTrace& trace, env::FileSystem& fs,
                             const env::Path& directory);

// Runs the trace once for each call that can fail, and gives each outcome to `check`. Fails the
// test if something was lost or invented.
void fail_every_call(const FaultTrace& trace, Fault what, bool sticky,
                     const std::function<void(const FaultOutcome&)>& check);

}  // namespace strata::testing
