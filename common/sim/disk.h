// The disk of a node in a world, and what can befall it: a power cut in the middle of a call, the
// death of the process, calls that are slow or fail, a disk that is full, a bit that flips.
//
// A death has two steps. At the first the state of the disk is kept as the next life will find it.
// What the node still does, before the code that runs has returned, happens on a disk that nobody
// will see again. The second step, come_back(), is for a moment at which nothing of the node is
// left.
//
// Thread-safety: none; a world has one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "env/simulated_file_system.h"

namespace strata::sim {

class Disk {
 public:
  // `seed`: for what a power cut leaves. `power_is_cut` is called within the call to the disk.
  Disk(std::function<std::uint64_t()> seed, std::function<void()> power_is_cut);

  env::SimulatedFileSystem& files() const { return *files_; }

  // The power is cut at the change number `changes` from now on, counted from 0; maybe in another
  // life of the process.
  void cut_power_after(std::uint64_t changes);
  // The process dies now. The system keeps what it has written. Requires: is_whole().
  void process_dies() { left_ = files_->after_process_death(); }
  // False between the two steps of a death.
  bool is_whole() const { return !left_; }
  void come_back();

  // Each call takes so many times as long.
  void slow(int times);
  // The call number `index` of that kind fails, from now on, counted from 0. If this life does not
  // come to that, it is the call number `index` of the next one.
  void fail(env::DiskCall kind, std::uint64_t index);
  // So many more bytes fit on it, until make_room() has been called as often as fill().
  void fill(std::uint64_t bytes);
  // Returns whether a file could not grow since the last call.
  bool make_room();
  // One of the bits flips that a power cut would leave. False: there are none.
  bool flip_bit(std::uint64_t seed);
  // Nothing of this happens any more; what was damaged stays.
  void heal();

  // Whether a call has failed in this life. Then the node may say so.
  bool has_failed() const;
  bool has_failed(env::DiskCall kind) const;
  // The same of all lives: an answer of an earlier one may still be under way.
  bool has_ever_failed() const { return has_ever_failed_ || has_failed(); }
  // Whether there may have been no room in this life.
  bool may_be_full() const { return may_be_full_; }
  // Whether something that should be on it may not be.
  bool has_failed_to_write() const;
  // Whether a bit has ever flipped. Then the node may miss what it had.
  bool is_damaged() const { return is_damaged_; }

 private:
  using Files = std::unique_ptr<env::SimulatedFileSystem>;

  void begin_life();
  void has_changed();

  const std::function<std::uint64_t()> seed_;
  const std::function<void()> power_is_cut_;
  Files files_ = std::make_unique<env::SimulatedFileSystem>();
  Files left_;                              // what a death has left
  std::optional<std::uint64_t> until_cut_;  // changes
  int slowness_ = 1;
  std::map<env::DiskCall, std::uint64_t> failing_;  // which call fails, or has failed in this life
  std::set<env::DiskCall> failed_;                  // of them that came before, in this life
  std::uint64_t fillings_ = 0;                      // that have not ended
  std::uint64_t capacity_ = 0;                      // if there are any
  bool was_full_ = false;                           // in an earlier life
  bool may_be_full_ = false;                        // in this life
  bool has_ever_failed_ = false;
  bool is_damaged_ = false;
};

// "sync" …
std::optional<env::DiskCall> parse_disk_call(std::string_view text);
inline const std::vector<std::string> kDiskCalls{"read", "write", "sync", "names"};

}  // namespace strata::sim
