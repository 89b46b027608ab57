// Puts a value into a store, closes it, and gets the value from the store opened again.
#include <iostream>

#include "env/posix_file_system.h"
#include "wal/logged_store.h"

namespace {

strata::Result<std::optional<std::string>> put_and_get(const char* directory) {
  strata::env::FileSystem& files = strata::env::posix_file_system();
  {
    STRATA_TRY(const auto store, strata::wal::LoggedStore::open(files, directory));
    STRATA_TRY(store->put("greeting", "hello"));
    STRATA_TRY(store->close());
  }
  STRATA_TRY(const auto store, strata::wal::LoggedStore::open(files, directory));
  return store->get("greeting");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: consumer DIRECTORY\n";
    return 2;
  }
  const auto found = put_and_get(argv[1]);
  if (!found) {
    std::cerr << found.error().message << '\n';
    return 1;
  }
  std::cout << found->value_or("nothing") << '\n';
  return *found == "hello" ? 0 : 1;
}
