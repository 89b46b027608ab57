// A disk in memory that knows what a power cut forgets.
//
// Every file keeps the bytes that are safe and, in order, the changes since its last
// sync; every directory keeps its safe names and the changes since *its* last sync.
// after_power_cut() picks which of the unsynced changes survive. The model is harsher
// than common file systems: syncing a file does not make its name durable, unsynced
// writes survive in any subset of their sectors, and names in any subset of theirs.
//
// Pure: no clock, no lock, no randomness but the seed given. Thread-safety: none.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "env/file_system.h"
#include "env/random.h"

namespace strata::env {

enum class Unsynced {
  kKept,    // all of it made it to the disk
  kLost,    // none of it
  kSubset,  // each sector of each write, and each name, by the toss of a coin
};

struct PowerCut {
  Unsynced data = Unsynced::kLost;
  Unsynced names = Unsynced::kLost;
  std::size_t sector_bytes = 512;  // what the disk writes whole or not at all
  std::uint64_t seed = 0;          // for kSubset

  std::string describe() const;
};

struct SimulatedFile {
  struct Write {
    std::uint64_t offset;
    Bytes bytes;
  };
  struct Truncate {
    std::uint64_t size;
  };
  using Change = std::variant<Write, Truncate>;

  Bytes now;   // what a reader sees
  Bytes safe;  // what the last sync covered
  std::vector<Change> unsynced;

  void apply(Change change);
  void sync();
  // A failed fsync on a common kernel: the changes stay visible, but are marked clean
  // and will never be written, not even by a later sync that succeeds.
  void lose_unsynced() { unsynced.clear(); }
  // As if the file had always held `content`.
  void replace(Bytes content);
  Bytes after_power_cut(const PowerCut& cut, Random& random) const;

 private:
  static void apply_to(Bytes& content, const Change& change);
};

struct SimulatedDirectory {
  struct Node;  // a file or a directory
  using Names = std::map<std::string, std::shared_ptr<Node>>;
  struct Change {                     // all of it survives, or none
    std::optional<std::string> gone;  // a name that goes
    std::string come;                 // a name that comes; empty: none
    std::shared_ptr<Node> node;       // what it names
  };

  Names now;
  Names safe;
  std::vector<Change> unsynced;

  void apply(Change change);
  void sync();
  Names after_power_cut(const PowerCut& cut, Random& random) const;

 private:
  static void apply_to(Names& names, const Change& change);
};

struct SimulatedDirectory::Node {
  std::variant<SimulatedFile, SimulatedDirectory> is;

  SimulatedFile* file() { return std::get_if<SimulatedFile>(&is); }
  const SimulatedFile* file() const { return std::get_if<SimulatedFile>(&is); }
  SimulatedDirectory* directory() { return std::get_if<SimulatedDirectory>(&is); }
  const SimulatedDirectory* directory() const { return std::get_if<SimulatedDirectory>(&is); }
};
using SimulatedNode = SimulatedDirectory::Node;

// The disk as the next process finds it: a deep copy, what is unsynced included.
std::shared_ptr<SimulatedNode> copy_of(const SimulatedNode& root);

// The disk as it is found when the power comes back: a deep copy, with nothing unsynced.
std::shared_ptr<SimulatedNode> after_power_cut(const SimulatedNode& root, const PowerCut& cut);

}  // namespace strata::env
