// A disk in memory that knows what is lost when the power is cut.
//
// Every file keeps the bytes that are safe and, in order, the changes since its last sync. Every
// directory keeps the names that are safe and the changes since its own last sync.
// after_power_cut() decides which of the unsynced changes survive. The model is harsher than common
// file systems: syncing a file does not make its name durable, and any subset of the unsynced
// sectors and of the unsynced names may survive. A bit of what is safe can flip, and the whole disk
// can be lost.
//
// Pure: no clock, no lock, and no randomness except for the given seed. Thread-safety: none; one
// owner.
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
  kKept,    // all of it is on the disk
  kLost,    // none of it is
  kSubset,  // each sector of each write, and each name, survives with a chance of one half
};

struct PowerCut {
  Unsynced data = Unsynced::kLost;
  Unsynced names = Unsynced::kLost;
  std::size_t sector_bytes = 512;  // the disk writes a sector completely or not at all
  std::uint64_t seed = 0;          // for kSubset
  bool disk_lost = false;          // the disk broke as well; an empty one is in its place

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
  // What a sync has to write.
  std::uint64_t unsynced_bytes() const;
  // Does what a failed fsync does on common kernels: readers still see the changes, but the kernel
  // takes them for written. They never reach the disk, even if a later sync succeeds.
  void lose_unsynced() { unsynced.clear(); }
  // As if the file had always held `content`.
  void replace(Bytes content);
  // Flips a bit that lies on the disk. Readers see it unless they see an unsynced change there.
  // Requires: byte < safe.size() and bit < 8.
  void flip_bit(std::uint64_t byte, unsigned bit);
  Bytes after_power_cut(const PowerCut& cut, Random& random) const;

 private:
  static void apply_to(Bytes& content, const Change& change);
  bool is_unsynced(std::uint64_t byte) const;
};

struct SimulatedDirectory {
  struct Node;  // a file or a directory
  using Names = std::map<std::string, std::shared_ptr<Node>>;
  struct Change {                     // it survives completely or not at all
    std::optional<std::string> gone;  // the name that is removed
    std::string come;                 // the name that is added; empty: none
    std::shared_ptr<Node> node;       // what the added name stands for
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

// A deep copy keeps links: two names of one file are two names of one file in the copy.

// The disk as the next process finds it if this one dies: a deep copy with all unsynced changes.
std::shared_ptr<SimulatedNode> copy_of(const SimulatedNode& root);

// The disk as it is when the power comes back: a deep copy in which nothing is unsynced.
std::shared_ptr<SimulatedNode> after_power_cut(const SimulatedNode& root, const PowerCut& cut);

// Where a bit of a file is.
struct BitPlace {
  Path path;
  std::uint64_t byte;
  unsigned bit;  // 0: the least significant one
};

// One of the safe bits of all files, each with the same chance; nullopt if there is none. The same
// disk and seed give the same place.
std::optional<BitPlace> choose_safe_bit(const SimulatedNode& root, std::uint64_t seed);

}  // namespace strata::env
