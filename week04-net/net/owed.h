// The requests of one connection that were handed to the service and are not answered yet: what
// they cost, and how large their answers may become.
//
// Thread-safety: none; one owner. But other threads may read a Handed until it is settled.
// Invariant: each request is settled once.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "env/clock.h"
#include "net/read_forecast.h"

namespace strata::net {

// A request that was handed to the service. It does not change until it is settled.
struct Handed {
  std::uint64_t id = 0;
  std::size_t bytes = 0;      // about the memory that it takes
  env::TimePoint since = {};  // when it was handed over
  env::TimePoint deadline = {};
  std::string_view name = {};  // "write", for example; static
  bool is_read = false;        // its answer may be much larger than it is
  std::size_t place = 0;       // for Owed
};

class Owed {
 public:
  // Adds a request. The result is valid until settle(). Needs memory only if more requests are owed
  // than at any time since the last shrink().
  const Handed& add(Handed request);

  // The request is answered, with so many bytes; 0: with an error, which says nothing about other
  // answers. Requires: it was added, and not settled yet.
  void settle(const Handed& request, std::size_t answer_bytes);

  // Frees memory if nothing is owed.
  void shrink();

  std::size_t requests() const { return all_.size() - settled_.size(); }
  // The memory that the requests take.
  std::size_t bytes() const { return bytes_; }
  // The bytes that the answers to reads are expected to have.
  std::size_t expected() const { return reads_.bytes(); }

  void check_invariants() const;

 private:
  std::vector<std::unique_ptr<Handed>> all_;  // each at its place
  std::vector<std::size_t> settled_;          // places that can be used again
  std::size_t bytes_ = 0;
  ReadForecast reads_;
};

}  // namespace strata::net
