// The tests that every Store must pass, written once: the suite for the contract, and the
// comparison with a model.
//
//   namespace { const bool kRegistered = strata::testing::register_store_suite(
//       "LoggedStore", [](const env::Path& directory) { ... }); }
//
// registers the tests LoggedStore.ReturnsWhatWasPut and so on with GoogleTest, before main. Those
// of Store::replace() are in a suite of their own, LoggedStoreReplaced.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "env/file_system.h"
#include "store/store.h"

namespace strata::testing {

// Opens the store in a directory; creates it if the directory is empty. A store that is not durable
// may ignore the directory.
using OpenInDirectory = std::function<Result<std::unique_ptr<Store>>(const env::Path&)>;

// Always returns true, so that it can initialise a variable.
bool register_store_suite(const std::string& name, const OpenInDirectory& open);

}  // namespace strata::testing
