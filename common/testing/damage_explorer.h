// Damages the files of a store one at a time, opens the store, and checks what is read. S2 in
// common/docs/reliability.md.
//
// Whatever was done to a file, reading everything must end in an error that names the store's
// directory, or give everything that was written. A store that refuses to open must have left
// its files as they were.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "env/simulated_file_system.h"
#include "testing/crash_explorer.h"
#include "testing/model.h"

namespace strata::testing {

struct DamagedStore {
  OpenStore open;
  env::Path directory;         // of the store, on the disk
  std::vector<Model> history;  // what it held, after each write; the last is what it holds
  // Whether nothing vouches for the last bytes of this file: what is lost there looks like a
  // torn tail, and then some earlier state, from the `earliest` in `history` on, is all that can
  // be asked for. Null: of no file.
  std::function<bool(const env::Path&)> may_be_torn = nullptr;
  std::size_t earliest = 0;
};

class DamageExplorer {
 public:
  // Requires: the store on `disk` was closed. Both must outlive the explorer.
  DamageExplorer(const env::SimulatedFileSystem& disk, const DamagedStore& store);

  // These fail the running test, naming file and place, where something is lost or made up.
  void flip_each_byte();    // under a sanitizer every eleventh
  void zero_each_sector();  // of 512 bytes
  void cut_each_file(std::size_t step);
  void remove_each_file();            // of those, all but what may be torn must be missed
  void put_each_file_over_another();  // of the same extension; each must be noticed

  // The files of the store, but for its LOCK.
  const std::map<env::Path, Bytes>& files() const { return files_; }
  // How often the store, or a read of it, was refused.
  std::uint64_t refused() const { return refused_; }

 private:
  enum class Allowed { kErrorOrAll, kErrorOrEarlier, kError };

  void collect(const env::Path& directory);
  bool torn(const env::Path& path) const { return store_.may_be_torn && store_.may_be_torn(path); }
  void check_with(const env::Path& path, const Bytes& bytes, const std::string& story,
                  Allowed allowed);
  void check(env::SimulatedFileSystem& disk, const std::string& story, Allowed allowed);
  void check_refusal(const Error& error, const std::string& story);

  const env::SimulatedFileSystem& disk_;
  const DamagedStore& store_;
  std::map<env::Path, Bytes> files_;
  std::uint64_t refused_ = 0;
};

}  // namespace strata::testing
