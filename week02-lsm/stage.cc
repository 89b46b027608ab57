// Registers week 2 with strata-load and strata-dump. See common/store/stage.h.
#include "store/stage.h"
#include "env/posix_file_system.h"
#include "lsm/dump.h"
#include "lsm/lsm_store.h"

namespace strata::lsm {
namespace {

const bool kRegistered = [] {
  register_stage({.name = "week02",
                  .summary = "a log-structured merge tree without compaction",
                  .open = [](const StageOptions& options) -> Result<std::unique_ptr<Store>> {
                    LsmOptions ours;
                    ours.sync = options.sync;
                    return LsmStore::open(env::posix_file_system(), options.directory, ours);
                  }});
  register_dumpers();
  return true;
}();

}  // namespace
}  // namespace strata::lsm
