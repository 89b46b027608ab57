// Which keys of a move have changed since the copy of them began.
//
// Only the keys are noted: the target is sent their values as they are when it asks. A key that
// changes often is noted once. What the target has made durable is forgotten.
//
// Thread-safety: all functions may be called from many threads at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace strata::shard {

class ChangeLog {
 public:
  explicit ChangeLog(std::size_t most_bytes = std::size_t{64} << 20) : most_bytes_(most_bytes) {}

  // To be called after the key has changed, and before anybody hears of it.
  void note(std::string_view key) noexcept;

  struct Change {
    std::uint64_t number;  // 1, 2, 3 ...
    std::string key;
  };
  struct Changes {
    std::vector<Change> changes;  // in order
    bool end = true;              // there are no later ones, as of now
  };
  // At most `most` of those after the number `after`. Forgets the earlier ones: they are durable
  // elsewhere.
  Changes after(std::uint64_t after, std::size_t most);

  // There was no room for some of them, so the target must begin anew.
  bool is_lost() const;
  std::size_t size() const;

 private:
  void add(std::string_view key);
  void lose();

  const std::size_t most_bytes_;
  mutable std::mutex mutex_;
  // Guarded by mutex_:
  std::map<std::uint64_t, std::string> keys_;  // by the number of their last change
  std::unordered_map<std::string_view, std::uint64_t> numbers_;  // the same; refers to keys_
  std::uint64_t last_ = 0;
  std::size_t bytes_ = 0;
  bool lost_ = false;
};

}  // namespace strata::shard
