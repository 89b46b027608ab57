// How many bytes the answers to the reads of a connection may have that are under way.
//
// A request for a large value is small. So a server that counts only requests takes a thousand of
// them, and whoever shares the way with their answers waits: behind a coordinator, everybody. The
// next answer is expected to be as large as the largest recent one. At first nothing is
// known, so few reads are taken; with each small answer the number doubles.
//
// Thread-safety: none; one owner.
#pragma once

#include <algorithm>
#include <cstddef>

namespace strata::net {

class ReadForecast {
 public:
  // A read was handed over.
  void asked() { ++under_way_; }
  // It was answered: with an answer of so many bytes, or with an error.
  void answered(std::size_t bytes) {
    --under_way_;
    expected_ = std::max(bytes, expected_ / 2);
  }
  void failed() { --under_way_; }

  std::size_t bytes() const { return under_way_ * expected_; }

 private:
  std::size_t under_way_ = 0;
  std::size_t expected_ = std::size_t{1} << 20;  // of one answer
};

}  // namespace strata::net
