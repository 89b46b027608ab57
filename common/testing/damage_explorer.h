// Damages the files of a store one at a time, opens the store, and checks what is read. S2 in
// common/docs/reliability.md.
//
// After any damage, reading everything must either return all that was written, or fail with an
// error that names the store's directory. A store that refuses to open must not have changed its
// files.
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
  env::Path directory;  // of the store, on the disk
  Model contents;       // what it holds
};

class DamageExplorer {
 public:
  // Requires: the store on `disk` was closed. Both must outlive the explorer.
  DamageExplorer(const env::SimulatedFileSystem& disk, const DamagedStore& store);

  // Each of these fails the running test if a read loses or invents something. The failure names
  // file and place.
  void flip_each_byte();    // under a sanitizer, every eleventh byte
  void zero_each_sector();  // of 512 bytes
  void cut_each_file(std::size_t step);
  void remove_each_file();            // the store must notice
  void put_each_file_over_another();  // with the same extension; the store must notice

  // The files of the store, except LOCK.
  const std::map<env::Path, Bytes>& files() const { return files_; }
  // How often the store, or a read of it, was refused.
  std::uint64_t refused() const { return refused_; }

 private:
  enum class Allowed { kErrorOrAll, kError };

  void collect(const env::Path& directory);
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
