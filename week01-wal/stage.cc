// Registers week 1 with strata-load and strata-dump. See common/store/stage.h.
#include "store/stage.h"

#include "env/posix_file_system.h"
#include "wal/dump.h"
#include "wal/logged_store.h"

namespace strata::wal {
namespace {

const bool kRegistered = [] {
  register_stage({"week01", "an ordered map in memory behind a write-ahead log",
                  [](const StageOptions& options) -> Result<std::unique_ptr<Store>> {
                    LoggedStoreOptions store;
                    store.sync = options.sync;
                    return LoggedStore::open(env::posix_file_system(), options.directory, store);
                  }});
  register_dumpers();
  return true;
}();

}  // namespace
}  // namespace strata::wal
