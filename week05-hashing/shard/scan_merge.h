// Merges the pages of several scans, each in order, into one scan in order: the parts of a scan of
// a whole cluster. It holds at most about a page of each part.
//
// No key is in two parts: each part has points of its own.
//
// Pure. Thread-safety: none; one owner.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "net/strata.pb.h"

namespace strata::shard {

class ScanMerge {
 public:
  // At most `limit` entries come out.
  ScanMerge(std::size_t parts, bool reverse, std::uint64_t limit)
      : parts_(parts), reverse_(reverse), left_(limit) {}

  // The parts whose next page must come before the next entry can be known.
  std::vector<std::size_t> needs() const;
  // The next page of a part. `last`: there is none behind it.
  void add(std::size_t part, net::proto::ScanPage page, bool last);

  // Moves entries into `out`, in order, until it has `bytes`, or a page is needed, or all are out.
  void take(net::proto::ScanPage& out, std::size_t bytes);
  bool is_done() const;

 private:
  struct Part {
    std::deque<net::proto::Entry> entries;
    bool last = false;
  };

  bool comes_before(const Part& a, const Part& b) const;

  std::vector<Part> parts_;
  bool reverse_;
  std::uint64_t left_;  // entries that the limit still allows
};

}  // namespace strata::shard
