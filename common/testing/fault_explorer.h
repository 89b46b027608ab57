// Makes every system call of a store fail, one after the other, and looks at what comes of
// it.
//
// A trace of writes runs on the real file system once for each call that it makes; that call
// fails as the plan says. Reads must go on, live and on a healthy disk afterwards: what was
// acknowledged is there, what was never written is not, and the store can be written again.
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

// What keys may hold when the outcome of some writes is unknown.
class Expectations {
 public:
  void issued(const std::string& key, const std::string& value) { maybe_[key].insert(value); }
  void acknowledged(const std::string& key, const std::string& value) {
    maybe_[key] = {value};
    sure_.insert(key);
  }
  // What is wrong with `found`; empty if nothing is.
  std::string violation(const Model& found) const;

 private:
  // The value acknowledged last, and those of the writes since then that may have happened.
  std::map<std::string, std::set<std::string>> maybe_;
  std::set<std::string> sure_;  // keys of which a write was acknowledged
};

// How a trace went.
struct FaultOutcome {
  Expectations expected;
  bool opened = false;
  bool reported = false;  // an error, to whoever asked or as the stat last_background_error
  int failures = 0;
  int successes_after_failure = 0;
};

struct FaultTrace {
  std::function<Result<std::unique_ptr<Store>>(env::FileSystem&, const env::Path&)> open;
  int writes = 14;
  // Called after each write, with its number; say, to flush. An error counts as reported.
  std::function<Result<void>(Store&, int)> after_write = [](Store&, int) { return Result<void>(); };
};

// Opens a store, writes to it whatever happens, and closes it. Fails the test if a read does.
FaultOutcome run_fault_trace(const FaultTrace& trace, env::FileSystem& fs,
                             const env::Path& directory);

// Runs the trace for each call that may fail; `check` sees how it went. Fails the test where
// something is lost or made up.
void fail_every_call(const FaultTrace& trace, Fault what, bool sticky,
                     const std::function<void(const FaultOutcome&)>& check);

}  // namespace strata::testing
